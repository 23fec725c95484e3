#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/train/loss.h"
#include "medgraft/train/sampler.h"

namespace medgraft::train {

/// Loaded images of one request, grouped by size.
struct ImageBatch {
  struct Group {
    std::vector<int64_t> positions;  ///< Places in the request.
    at::Tensor images;               ///< float32 [n, 3, H, W], channels_last.
  };
  std::vector<Group> groups;
  std::vector<int64_t> unreadable;  ///< Places in the request that are in no group.
};

/// Batches in the order that was asked for, loaded ahead of their use.
class ImageStream {
 public:
  virtual ~ImageStream() = default;
  /// @return the next batch; nothing at the end. @throws what the loading threw.
  virtual std::optional<ImageBatch> next() = 0;
};

/// Where training and prediction get pixels from; `app` binds it to the data layer.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  /// @param plan gives the images of each batch in turn, and nothing at the end; called
  /// on another thread.
  using Plan = std::function<std::optional<std::vector<SampledImage>>()>;
  virtual std::unique_ptr<ImageStream> open(Plan plan) = 0;
};

/// The cases of one split without their pixels.
struct CaseSet {
  std::shared_ptr<ImageSource> source;
  std::vector<int64_t> case_of_image;  ///< [num_images]
  Targets loss;                        ///< [num_cases, K]
  Targets metrics;                     ///< [num_cases, K]: values 0 or 1 (one-hot).
  bool multiclass = false;             ///< One class is true, whatever the loss.
  std::vector<std::string> hashes;  ///< [num_cases] keyed: how a case is named in logs.
  std::vector<int64_t> slot_of_image;  ///< [num_images] view of concat; else empty.
  at::Tensor attributes;  ///< float32 [num_cases, A]; undefined where none are read.

  int64_t num_images() const { return static_cast<int64_t>(case_of_image.size()); }
  int64_t num_cases() const { return static_cast<int64_t>(hashes.size()); }
};

}  // namespace medgraft::train
