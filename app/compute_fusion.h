#pragma once

#include <string>
#include <vector>

#include "medgraft/data/dataset.h"
#include "medgraft/models/case_network.h"
#include "medgraft/train/run_config.h"

namespace medgraft::app {

/// @return an image's place in a case: "L-CC" of laterality L and view CC, either one
/// alone, or empty where the manifest states neither.
std::string view_name(const data::ImageEntry& image);

/// Fixes what `config` leaves open on the training cases: the views of concat, in
/// alphabetical order, and the encodings of attributes.
/// @throws UserError where the data set lacks an attribute or a view.
models::FusionPlan make_fusion_plan(const train::ModelConfig& config,
                                    const data::Dataset& dataset,
                                    const std::vector<int64_t>& train_cases);

/// @return the place of each image of the data set among the plan's views; -1 for an
/// image of another view. Empty unless the plan is concat.
std::vector<int64_t> slots_of_images(const data::Dataset& dataset,
                                     const models::FusionPlan& plan);

/// @throws UserError if one of `cases` shows none of the plan's views.
void require_views(const data::Dataset& dataset, const std::vector<int64_t>& cases,
                   const models::FusionPlan& plan);

/// @return float32 [num_cases, A]; undefined where the plan reads no attributes. An
/// attribute that the data set lacks is missing in every case.
at::Tensor encode_attributes(const data::Dataset& dataset,
                             const std::vector<int64_t>& cases,
                             const models::FusionPlan& plan);

}  // namespace medgraft::app
