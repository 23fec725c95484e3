#pragma once

#include <string>
#include <vector>

#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::evaluation {

/// The unmasked cases of each label, [K]; multi-class: of each class against the rest.
std::vector<statistics::LabelColumn> label_columns(const SplitView& view);

/// Multi-class: the probability of the most probable class (the first of several), and
/// whether it is the true one.
statistics::LabelColumn top_column(const SplitView& view);

/// A figure's values in each replicate. @param values [replicates, figures].
std::vector<double> values_of_figure(const std::vector<double>& values, size_t figures,
                                     size_t figure);

}  // namespace medgraft::evaluation
