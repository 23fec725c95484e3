#pragma once

#include <array>
#include <string_view>

namespace medgraft::fuzz {

/// Each feeds a reader with bytes that anyone may have written. UserError and Failure are
/// right answers; anything else that is thrown, a sanitizer's report, a hang or a large
/// allocation is a finding. A target aborts where the reader's answer contradicts itself.
void fuzz_csv(std::string_view bytes);
void fuzz_dicom(std::string_view bytes);
void fuzz_jpeg(std::string_view bytes);
void fuzz_manifest(std::string_view bytes);
void fuzz_npz(std::string_view bytes);
void fuzz_png(std::string_view bytes);
void fuzz_predictions(std::string_view bytes);
void fuzz_preprocess(std::string_view bytes);
void fuzz_recipe(std::string_view bytes);
void fuzz_safetensors(std::string_view bytes);
void fuzz_tar(std::string_view bytes);

struct Target {
  std::string_view name;  ///< Of the folder below corpus/.
  void (*run)(std::string_view bytes);
};

inline constexpr std::array kTargets = {
    Target{"csv", fuzz_csv},
    Target{"dicom", fuzz_dicom},
    Target{"jpeg", fuzz_jpeg},
    Target{"manifest", fuzz_manifest},
    Target{"npz", fuzz_npz},
    Target{"png", fuzz_png},
    Target{"predictions", fuzz_predictions},
    Target{"preprocess", fuzz_preprocess},
    Target{"recipe", fuzz_recipe},
    Target{"safetensors", fuzz_safetensors},
    Target{"tar", fuzz_tar},
};

}  // namespace medgraft::fuzz
