#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command_line.h"
#include "medgraft/evaluation/predictions.h"

namespace medgraft::app {

/// What `predict` is asked for; empty where not given.
struct PredictOptions {
  std::string checkpoint, dataset, split = "test", split_name, preprocess,
                                   test_access_log;
  std::vector<std::string> images, corruptions, labels;
  bool logits = false, features = false;
  uint64_t corrupt_seed = 0;
  int64_t batch = 32;
};

/// Predicts a data set's split or plain images, as they are and corrupted as asked, and
/// records reads of test data.
/// @throws UserError where the network does not fit the data.
evaluation::Predictions make_predictions(const PredictOptions& options,
                                         const CommonOptions& common);

}  // namespace medgraft::app
