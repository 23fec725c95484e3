#pragma once

#include <array>
#include <span>
#include <vector>

#include "medgraft/data/audit.h"
#include "medgraft/data/dataset.h"
#include "medgraft/image/image.h"

namespace medgraft::data {

/// @return up to `columns` x `rows` images, evenly spread over the manifest, each fitted
/// into a square of `side` pixels; a grey cross stands for an unreadable one. RGB, in [0,
/// 1].
image::Image contact_sheet(const Dataset& dataset, int64_t columns, int64_t rows,
                           int64_t side);

/// Two images to look at side by side, in a frame of one color (RGB).
struct FramedPair {
  AuditedImage first, second;
  std::array<float, 3> color;
};

/// @return the pairs from left to right and downwards, `columns` of them a row. RGB, in
/// [0, 1].
image::Image pair_sheet(std::span<const Dataset> datasets,
                        const std::vector<FramedPair>& pairs, int64_t columns,
                        int64_t side);

}  // namespace medgraft::data
