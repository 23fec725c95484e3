#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/delong.h"

namespace medgraft::evaluation {

struct ProportionInterval {
  statistics::Interval interval;
  std::string method;  ///< "wilson", or "wilson clustered" with several cases a patient.
};

/// The interval of a metric that is the share of cases decided rightly: accuracy,
/// sensitivity or specificity of one label at its frozen threshold, and the accuracy of
/// the most probable class. @param label -1: the aggregate.
/// @return nothing where the metric is no proportion: other metrics, and means over
/// labels or classes.
std::optional<ProportionInterval> proportion_interval(const SplitView& view,
                                                      Metric metric, int64_t label);

}  // namespace medgraft::evaluation
