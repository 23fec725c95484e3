#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// Whether the gaps of `a` are larger than those of the baseline `b`: a list of {"a",
/// "b", "split", "attribute", "gap", "difference", "ci_low", "ci_high", "p",
/// "p_adjusted", "margin", "test", "family", "verdict"}, by the paired bootstrap over
/// patients. Groups are those eligible in both models; p is adjusted by Holm over the
/// attributes of a gap.
/// @param a, b the same cases in the same order.
nlohmann::json gap_comparisons_json(const SplitView& a, const SplitView& b,
                                    const EvaluateOptions& options);

}  // namespace medgraft::evaluation
