#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// @return what the manifest holds, counted: "name", "kind", "labels", "images", "cases",
/// "patients" (null where not known), "patients_across_splits", "splits" {SPLIT:
/// {"images", "cases", "patients", "labels": {LABEL: {"positive", "negative",
/// "uncertain", "blank"}} or {CLASS: cases}, "sites", "views", "attributes": {NAME:
/// {VALUE: cases}}, "targets": {LABEL: {"uncertain", "blank" (the policies), "loss":
/// {"positive", "negative", "smoothed", "masked"}, "metrics": (the same)}} (what becomes
/// of the labels; not for classes)}}. Rows without a split are under "none"; labels,
/// targets, sites and attributes count cases, views images.
nlohmann::json summarize(const Dataset& dataset);

/// Reads every image's header.
/// @return "sizes" {"64 x 64": images}, "bit_depths", "formats", "channels", and
/// "unreadable" {"count", "items": [{"image", "reason"}] (the first 20)}.
nlohmann::json summarize_files(const Dataset& dataset);

}  // namespace medgraft::data
