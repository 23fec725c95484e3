#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "medgraft/evaluation/comparison.h"
#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_scores.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// @throws UserError where a member is no model, stands twice, or a name is taken.
void check_cells(const std::vector<Model>& models, const EvaluateOptions& options);

/// The contrasts of cells: what `compare` and `baseline` ask for, and the planned ones.
std::vector<PlannedContrast> contrasts_of_cells(const EvaluateOptions& options);

/// Models that must stand on common rows because a pair, a cell or a contrast of cells
/// joins them. @return places in `models`, in order; each model is in one group.
std::vector<std::vector<size_t>> joined_models(const std::vector<const Model*>& models,
                                               const std::vector<ModelPair>& pairs,
                                               const EvaluateOptions& options);

/// Entries of "cells": every cell whose members are among the views, in their split.
nlohmann::json cells_json(const std::vector<SplitView>& views, const SplitScores& scores,
                          const EvaluateOptions& options);

/// Compares cells by Student's t over crossed seeds (evaluation/cells.h).
void compare_cells(const std::vector<SplitView>& views, const SplitScores& scores,
                   const EvaluateOptions& options, std::vector<Comparison>& out);

}  // namespace medgraft::evaluation
