#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/npy.h"
#include "medgraft/image/encode_png.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::app {
namespace {

std::string encode(const image::Image& image, const std::string& out) {
  if (out.ends_with(".npy")) return data::encode_npy(image);
  require(out.ends_with(".png"), "--out ends with .npy or .png, got ", out);
  const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  // A rounding error beyond the range is not a picture that was normalized.
  constexpr float kSlack = 1e-3F;
  require(*low >= -kSlack && *high <= 1 + kSlack, "the values reach from ", *low, " to ",
          *high, "; a PNG holds 0 to 1: leave normalize out, or write a .npy");
  return image::encode_png(image);
}

void report(const image::Image& image, const image::Program& program,
            const CommonOptions& common) {
  if (common.json) {
    const nlohmann::json out = {{"file", *common.out},
                                {"height", image.height},
                                {"width", image.width},
                                {"channels", image.channels},
                                {"preprocess", program.text()}};
    std::printf("%s\n", out.dump(2).c_str());
  } else if (!common.quiet) {
    std::printf("%s: %lld x %lld, %lld channel%s, %s\n", common.out->c_str(),
                static_cast<long long>(image.height), static_cast<long long>(image.width),
                static_cast<long long>(image.channels), image.channels == 1 ? "" : "s",
                program.text().c_str());
  }
}

}  // namespace

int run_data_show(Arguments arguments) {
  CommandLine line("data show",
                   "Writes an image as the network would see it: float32 [H, W] or "
                   "[H, W, 3] (.npy), or 8-bit (.png).");
  std::string name, program_text = "decode";
  int64_t frame = 0;
  uint64_t seed = 0;
  line.app()
      .add_option("image", name,
                  "a PNG, JPEG or DICOM file, file.tar#member or file.npz#array/row")
      ->required();
  line.app().add_option("--preprocess", program_text, "program")->capture_default_str();
  line.app().add_option("--frame", frame, "of a multi-frame image, from 0");
  line.app().add_option("--seed", seed, "of random operations");
  line.set_footer("Operations, separated by |:\n" + image::describe_operations());
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(common.out.has_value(), "data show takes --out FILE.npy or FILE.png");
  const auto program = image::Program::parse(program_text);
  require(common.force || !std::filesystem::exists(*common.out), *common.out,
          " exists; choose another --out, or pass --force to replace it");

  auto options = program.decode_options();
  options.frame = frame;
  auto decoded = data::ImageSource(".").decode(name, options);
  require(decoded.has_value(), name, ": ",
          decoded.has_value() ? "" : decoded.error().reason);
  const auto image = program.run(std::move(decoded.value()), seed);
  write_file_atomically(*common.out, encode(image, *common.out));
  report(image, program, common);
  return 0;
}

}  // namespace medgraft::app
