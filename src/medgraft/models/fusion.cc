#include "medgraft/models/fusion.h"

#include <ATen/ATen.h>

namespace medgraft::models {
namespace {

using at::Tensor;

// Sums of rows by group: [num_groups, F].
Tensor sum_by(const Tensor& rows, const Tensor& group, int64_t num_groups) {
  return at::zeros({num_groups, rows.size(1)}, rows.options()).index_add(0, group, rows);
}

// How many rows each group has: [num_groups, 1].
Tensor count_by(const Tensor& rows, const Tensor& group, int64_t num_groups) {
  return sum_by(at::ones({rows.size(0), 1}, rows.options()), group, num_groups);
}

// The largest of each column over a group's rows: [num_groups, F].
Tensor max_by(const Tensor& rows, const Tensor& group, int64_t num_groups) {
  const auto index = group.unsqueeze(1).expand_as(rows);
  return at::zeros({num_groups, rows.size(1)}, rows.options())
      .scatter_reduce(0, index, rows, "amax", /*include_self=*/false);
}

}  // namespace

Tensor mean_of_cases(const Tensor& features, const CaseLayout& layout) {
  return sum_by(features, layout.case_of_image, layout.num_cases) /
         count_by(features, layout.case_of_image, layout.num_cases);
}

Tensor max_of_cases(const Tensor& features, const CaseLayout& layout) {
  return max_by(features, layout.case_of_image, layout.num_cases);
}

Tensor attention_weights(const Tensor& features, const CaseLayout& layout,
                         const GatedAttention& attention) {
  const auto value =
      at::tanh(at::linear(features, attention.value_weight, attention.value_bias));
  const auto gate =
      at::sigmoid(at::linear(features, attention.gate_weight, attention.gate_bias));
  const auto score =
      at::linear(value * gate, attention.score_weight).to(features.scalar_type());
  // A shift that the softmax cancels: it needs no gradient.
  const auto largest = max_by(score.detach(), layout.case_of_image, layout.num_cases);
  const auto weight = at::exp(score - largest.index_select(0, layout.case_of_image));
  const auto total = sum_by(weight, layout.case_of_image, layout.num_cases);
  return (weight / total.index_select(0, layout.case_of_image)).squeeze(1);
}

Tensor attention_of_cases(const Tensor& features, const CaseLayout& layout,
                          const GatedAttention& attention) {
  const auto weights = attention_weights(features, layout, attention);
  return sum_by(features * weights.unsqueeze(1), layout.case_of_image, layout.num_cases);
}

Tensor concat_of_views(const Tensor& features, const CaseLayout& layout,
                       const Tensor& missing) {
  const int64_t views = missing.size(0);
  const auto place = layout.case_of_image * views + layout.slot_of_image;
  const auto sums = sum_by(features, place, layout.num_cases * views);
  const auto counts = count_by(features, place, layout.num_cases * views);
  const auto filled = at::where(counts > 0, sums / counts.clamp_min(1),
                                missing.repeat({layout.num_cases, 1}));
  return filled.view({layout.num_cases, views * features.size(1)});
}

}  // namespace medgraft::models
