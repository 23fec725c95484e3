#pragma once

#include <map>
#include <string>
#include <vector>

#include "medgraft/data/dataset.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/train/predict.h"

namespace medgraft::app {

/// @return rows of predictions.csv for `cases` of `dataset`, less those whose images
/// could not be read. @param outputs the network's labels or classes; `label_map` names
/// the data set's label of each, where it differs. @param split as the file states it.
evaluation::Predictions to_predictions(
    const data::Dataset& dataset, const std::vector<int64_t>& cases,
    const train::CasePredictions& predicted, const std::vector<std::string>& outputs,
    const std::map<std::string, std::string>& label_map, const std::string& split,
    bool with_logits);

}  // namespace medgraft::app
