#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::evaluation {

/// The unmasked cases of one label; multi-class: of one class against the rest.
/// @param patients of the view's rows, [n] from 0: its own, or numbered otherwise.
statistics::LabelColumn label_column(const SplitView& view, size_t label,
                                     std::span<const int64_t> patients);
statistics::LabelColumn label_column(const SplitView& view, size_t label);
/// Of each label, [K].
std::vector<statistics::LabelColumn> label_columns(const SplitView& view);

/// Multi-class: the probability of the most probable class (the first of several), and
/// whether it is the true one.
statistics::LabelColumn top_column(const SplitView& view,
                                   std::span<const int64_t> patients);
statistics::LabelColumn top_column(const SplitView& view);

}  // namespace medgraft::evaluation
