#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compute_predictor.h"
#include "medgraft/data/dataset.h"

namespace medgraft::app {

/// Plain images as a data set: a case each, named by its path as given; no labels.
/// @param paths files, or folders of images. @param classes the network's outputs.
data::Dataset dataset_of_images(const std::vector<std::string>& paths,
                                const std::vector<std::string>& classes, bool multiclass);

/// @return the cases that `options` ask for; of a data set under another split's name
/// its test split, or all of them where it has none.
/// @throws UserError where there are none.
std::vector<int64_t> cases_of(const data::Dataset& dataset,
                              const PredictOptions& options);

}  // namespace medgraft::app
