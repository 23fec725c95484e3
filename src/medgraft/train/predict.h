#pragma once

#include <functional>

#include "medgraft/models/bit.h"
#include "medgraft/train/case_source.h"

namespace medgraft::train {

/// A network's word on each case.
struct CasePredictions {
  at::Tensor probabilities;  ///< float64 [num_cases, K]: the mean over a case's images.
  at::Tensor logits;         ///< float64 [num_cases, K]: likewise.
  std::vector<int64_t> unreadable_cases;  ///< No image could be read; rows are NaN.
};

/// Predicts every image once and averages per case, in batches of `batch` images.
/// @param progress called with the number of images done; may be empty.
CasePredictions predict(const models::Bit& network, LossKind kind, const CaseSet& set,
                        int64_t batch, const std::function<void(int64_t)>& progress = {});

/// @return a plan for ImageSource::open that goes through `num_images` once, in order.
ImageSource::Plan plan_in_order(int64_t num_images, int64_t batch);

}  // namespace medgraft::train
