#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace medgraft::data {

/// Two pictures whose reductions correlate.
struct NearPair {
  int64_t first = 0, second = 0;  ///< Rows; first < second.
  double correlation = 0;
  bool mirrored = false;  ///< One of them was mirrored left to right.
  auto operator<=>(const NearPair&) const = default;
};

struct NearPairs {
  std::vector<NearPair> pairs;  ///< Sorted.
  bool complete = true;         ///< False where the search ended at `max_pairs`.
};

struct NearPairOptions {
  double correlation = 0.99;      ///< A pair lies above it.
  bool with_mirrored = true;      ///< Whether mirrored pairs are looked for too.
  int64_t max_pairs = 5'000'000;  ///< Where a set of copies ends the search.
  int threads = 1;
};

/// Finds every pair of `rows` whose correlation is above the threshold, and none other. A
/// pair that correlates as it stands is not mirrored, even if it does both ways.
///
/// A k-d tree over the leading coefficients prunes by distance, which they bound from
/// below; what is left is verified with all of them. So nothing is missed, and pictures
/// of unlike shape are never compared.
/// @param shapes [N, kShapeLength] (image_signature.h).
/// @param rows those to compare; flat ones are the caller's to leave out.
NearPairs find_near_pairs(std::span<const float> shapes, std::vector<int64_t> rows,
                          const NearPairOptions& options);

}  // namespace medgraft::data
