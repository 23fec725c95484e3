#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

struct Operation;

/// What becomes of an image between the file and the network, as one readable string:
/// "decode|resize(40)|random_crop(32)|hflip|to_rgb|normalize(-1,1)". Operations run from
/// left to right; `decode`, always the first, gives float32 [H, W, 1 or 3] in [0, 1].
/// A random operation draws from the draw's key and its own place in the program alone.
class Program {
 public:
  /// @throws UserError naming the operation or argument at fault, with the nearest known.
  static Program parse(const std::string& text);

  /// The canonical text: no blanks, shortest numbers, arguments that equal their defaults
  /// left out. Programs that do the same have the same text.
  const std::string& text() const { return text_; }

  /// @return the text of the fixed steps, those before the first that is random or a
  /// corruption (one of many of the same picture): what a cache is keyed by.
  std::string fixed_text() const;

  /// @return what `decode` is to be called with: the window that follows it.
  DecodeOptions decode_options() const {
    DecodeOptions options;
    options.window = window_;
    return options;
  }

  /// @return the text with another step: directly behind the last one that brings the
  /// picture to a size, where there is none behind decode and its window.
  /// @throws UserError where it may not stand there.
  std::string with_step_after_sizing(const std::string& step) const;

  /// Whether any operation draws random numbers.
  bool is_random() const;

  /// @return the size to which a first `resize` brings what `decode` gave; it has nothing
  /// left to do where the decoder gives that size itself.
  std::optional<Size> first_resize() const;

  /// @param decoded what `decode` gave. @return the image after the fixed steps.
  Image run_fixed(Image decoded) const;
  /// @param prepared what run_fixed() gave. @param key of this draw.
  /// @return the image after all operations.
  /// @throws UserError where the image is smaller than a crop.
  Image run_rest(Image prepared, uint64_t key) const;
  Image run(Image decoded, uint64_t key) const {
    return run_rest(run_fixed(std::move(decoded)), key);
  }

 private:
  struct Step {
    const Operation* operation;
    std::vector<double> arguments;  ///< With defaults filled in.
  };
  std::string canonical(size_t num_steps) const;
  Image run_steps(Image image, size_t first, size_t last, uint64_t key) const;

  std::vector<Step> steps_;
  Window window_;
  size_t num_fixed_ = 0;
  std::string text_;
};

/// @return a line for each operation: its form and what it does.
std::string describe_operations();

}  // namespace medgraft::image
