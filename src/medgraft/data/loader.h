#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "medgraft/base/result.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/prepared_cache.h"
#include "medgraft/image/image.h"

namespace medgraft::data {

/// One image to load. Augmentation draws from `key` alone, so that what a draw gives
/// never depends on the number of threads or on what was loaded before.
struct Draw {
  int64_t image = 0;  ///< Index into Dataset::images.
  uint64_t key = 0;
};

struct LoaderOptions {
  int threads = 1;
  int64_t cache_bytes = int64_t{512} << 20;  ///< For the fixed first steps' results.
  /// Instead of an own one: shared by loaders of one data set and one `is_training`.
  std::shared_ptr<PreparedCache> cache = nullptr;
  /// Training may decode JPEG at a reduced scale (image::DecodeOptions::may_reduce).
  bool is_training = false;
};

/// Decodes and preprocesses images of a data set on its own threads.
class Loader {
 public:
  /// @param preprocess a program such as "decode|resize(32)|to_rgb|normalize(-1,1)".
  /// @throws UserError naming an unknown operation or a wrong argument.
  Loader(const Dataset& dataset, const std::string& preprocess, LoaderOptions options);
  ~Loader();

  /// @return one result a draw, in order; a Failure names the image and why.
  std::vector<Result<image::Image>> load(std::span<const Draw> draws) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace medgraft::data
