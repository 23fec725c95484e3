#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace medgraft::models {

/// Which images belong together: a ragged batch of cases.
struct CaseLayout {
  int64_t num_cases = 0;     ///< Each has at least one image.
  at::Tensor case_of_image;  ///< int64 [N], in [0, num_cases), any order.
  at::Tensor slot_of_image;  ///< int64 [N], the image's view; read by concat alone.
  at::Tensor attributes;     ///< float32 [num_cases, A]; undefined where there are none.
};

/// @param features float32 or float64 [N, F], one row an image.
/// @return the mean over each case's images, [num_cases, F].
at::Tensor mean_of_cases(const at::Tensor& features, const CaseLayout& layout);

/// @return the largest of each feature over a case's images, [num_cases, F]. Ties share
/// the gradient.
at::Tensor max_of_cases(const at::Tensor& features, const CaseLayout& layout);

/// Parameters of gated attention over D hidden units.
struct GatedAttention {
  at::Tensor value_weight, value_bias;  ///< V of the paper, [D, F] and [D].
  at::Tensor gate_weight, gate_bias;    ///< U of the paper, [D, F] and [D].
  at::Tensor score_weight;              ///< w of the paper, [1, D].
};

/// The weight of each image: the softmax over its case of w (tanh(V h) * sigmoid(U h)).
/// V and U have biases, as in the authors' code; w has none, as the softmax cancels it.
/// Source: Ilse et al. 2018, arXiv:1802.04712, equation 9; AMLab-Amsterdam/
/// AttentionDeepMIL, model.py.
/// @return [N], summing to 1 over each case.
at::Tensor attention_weights(const at::Tensor& features, const CaseLayout& layout,
                             const GatedAttention& attention);

/// @return the mean of each case's images, weighted by attention_weights(),
/// [num_cases, F].
at::Tensor attention_of_cases(const at::Tensor& features, const CaseLayout& layout,
                              const GatedAttention& attention);

/// Lays a case's views side by side; several images of one view are averaged first.
/// @param missing [num_views, F]: what stands for a view without an image.
/// @return [num_cases, num_views * F].
at::Tensor concat_of_views(const at::Tensor& features, const CaseLayout& layout,
                           const at::Tensor& missing);

}  // namespace medgraft::models
