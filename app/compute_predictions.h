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
/// Features are among the rows where they were kept.
evaluation::Predictions to_predictions(
    const data::Dataset& dataset, const std::vector<int64_t>& cases,
    const train::CasePredictions& predicted, const std::vector<std::string>& outputs,
    const std::map<std::string, std::string>& label_map, const std::string& split,
    bool with_logits);

/// @return the cases of an external data set: of its test split; of a set without one,
/// all.
std::vector<int64_t> external_cases(const data::Dataset& dataset);

/// @param written each "model_label=column". @param outputs the network's labels.
/// @return the data set's label of each output that is named otherwise there.
/// @throws UserError naming a label that the network or the data set does not have.
std::map<std::string, std::string> parse_label_map(
    const std::vector<std::string>& written, const std::vector<std::string>& outputs,
    const data::DatasetInfo& info);

/// Puts the rows of `from`, of the same network and data set, behind those of `to`.
void append_rows(evaluation::Predictions& to, const evaluation::Predictions& from);

}  // namespace medgraft::app
