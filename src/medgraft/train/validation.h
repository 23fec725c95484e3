#pragma once

#include <map>
#include <string>

#include "medgraft/train/predict.h"

namespace medgraft::train {

/// The figures by which weights are selected: auroc (mean over labels that have both
/// classes), accuracy (mean over labels at 0.5, or of the most probable class) and nll
/// (mean over unmasked labels). A figure that is undefined on these cases is left out.
std::map<std::string, double> validation_metrics(const CasePredictions& predictions,
                                                 const CaseSet& set);

/// @return whether `value` of `metric` is better than `best`: nll is better where lower.
bool is_better(const std::string& metric, double value, double best);

}  // namespace medgraft::train
