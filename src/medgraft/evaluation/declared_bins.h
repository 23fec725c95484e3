#pragma once

#include <filesystem>
#include <vector>

#include "medgraft/evaluation/evaluate.h"

namespace medgraft::evaluation {

/// @return the edges in the run's run.json, {"dataset": {"attribute_bins": {NAME:
/// [EDGE...]}}}: what its data set declares of numeric attributes. None where the folder
/// has no run.json or it has no such key.
/// @throws UserError where it is damaged.
Bins read_declared_bins(const std::filesystem::path& run);

/// @return the edges that the data sets of `models`, evaluated side by side, declare of
/// attributes that `given` leaves open. An attribute with a value that is no number
/// has none.
/// @throws UserError where two models declare different ones.
Bins declared_bins(const std::vector<const Model*>& models, const Bins& given);

}  // namespace medgraft::evaluation
