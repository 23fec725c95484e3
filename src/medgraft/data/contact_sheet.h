#pragma once

#include "medgraft/data/dataset.h"
#include "medgraft/image/image.h"

namespace medgraft::data {

/// @return up to `columns` x `rows` images, evenly spread over the manifest, each fitted
/// into a square of `side` pixels; a grey cross stands for an unreadable one. RGB, in [0,
/// 1].
image::Image contact_sheet(const Dataset& dataset, int64_t columns, int64_t rows,
                           int64_t side);

}  // namespace medgraft::data
