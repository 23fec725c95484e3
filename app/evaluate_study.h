#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/evaluation/evaluate.h"

namespace medgraft::app {

/// Whether a folder is a study's, rather than a run's: it holds study.toml and plan.csv.
bool is_study_folder(const std::string& path);

/// A study's folder as models, cells and contrasts.
struct StudyInput {
  std::vector<evaluation::Model> models;  ///< "TASK/ARM/RESOLUTION/FRACTION/SEED".
  std::vector<evaluation::Cell> cells;    ///< "TASK/ARM/RESOLUTION/FRACTION".
  /// Every arm against the study's baseline, and against the same architecture from
  /// scratch.
  std::vector<evaluation::PlannedContrast> contrasts;
  std::map<std::string, double> margins;  ///< As [analysis] states them.
  nlohmann::json description;  ///< {"folder", "config_hash", "primary", ..., "planned"}.
};

/// Reads the runs that are done.
/// @param prefix in front of every name, where several studies are evaluated.
/// @throws UserError where none is.
StudyInput read_study_input(const std::string& folder, const std::string& prefix);

/// Adds a study to what is evaluated; its baseline and margins are what it registered.
/// @throws UserError where a margin differs from one that is stated already.
void add_study(StudyInput study, std::vector<evaluation::Model>& models,
               evaluation::EvaluateOptions& options);

}  // namespace medgraft::app
