#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "medgraft/evaluation/evaluate.h"

namespace medgraft::app {

/// The flags of `evaluate` that are texts still.
struct EvaluateFlags {
  std::vector<std::string> inputs, margins, cells, bins;
  std::string metrics, sections, threshold, csv, test = "auto";
};

/// Adds the command's own flags to `app`, which fill both.
void add_flags(CLI::App& app, EvaluateFlags& flags, evaluation::EvaluateOptions& options);

/// Reads the texts into `options`.
/// @throws UserError naming the flag.
void resolve_flags(const EvaluateFlags& flags, evaluation::EvaluateOptions& options);

}  // namespace medgraft::app
