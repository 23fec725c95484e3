#pragma once

#include <functional>

#include "medgraft/models/case_network.h"
#include "medgraft/train/case_source.h"

namespace medgraft::train {

/// A network's word on each case.
struct CasePredictions {
  /// float64 [num_cases, K]: the case's own, or the mean over its images where each is
  /// predicted by itself.
  at::Tensor probabilities;
  at::Tensor logits;  ///< float64 [num_cases, K]: likewise.
  /// float32 [num_cases, F]: pooled activations below the head, the mean over a case's
  /// images; undefined unless asked for.
  at::Tensor features;
  std::vector<int64_t> unreadable_cases;  ///< No image could be read; rows are NaN.
};

/// Predicts every case, its images in batches of `batch`; without fusion each image by
/// itself, averaged per case. @param with_features whether to keep what the head reads of
/// the images. @param progress called with the number of images done; may
/// be empty.
CasePredictions predict(const models::CaseNetwork& network, LossKind kind,
                        const CaseSet& set, int64_t batch,
                        const std::function<void(int64_t)>& progress = {},
                        bool with_features = false);

/// @return the layout of `images` (indices into `set`), which are of rows
/// `row_of_image`, which are of cases `case_of_row`.
models::CaseLayout layout_of(const CaseSet& set, const std::vector<int64_t>& images,
                             const std::vector<int64_t>& row_of_image,
                             const std::vector<int64_t>& case_of_row);

/// @return a plan for ImageSource::open that goes through `num_images` once, in order.
ImageSource::Plan plan_in_order(int64_t num_images, int64_t batch);

}  // namespace medgraft::train
