#pragma once

#include <cstdint>
#include <optional>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/delong.h"

namespace medgraft::evaluation {

/// The interval of a metric that is the share of cases decided rightly: accuracy,
/// sensitivity or specificity of one label at its frozen threshold, and the accuracy of
/// the most probable class: "wilson", or "wilson clustered" with several cases a patient.
/// Balanced accuracy of one label is the mean of two such shares: "wilson of both
/// classes". @param label -1: the aggregate.
/// @return nothing where the metric is no proportion: other metrics, and means over
/// labels or classes.
std::optional<statistics::NamedInterval> proportion_interval(const SplitView& view,
                                                             Metric metric,
                                                             int64_t label);

}  // namespace medgraft::evaluation
