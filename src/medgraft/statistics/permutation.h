#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace medgraft::statistics {

/// Exchanges the two models' predictions of each patient by a fair coin, for each of
/// `replicates` permutations, on `threads` threads. The same seed and index give the same
/// coins, whichever thread asks.
/// @param compute fills its second argument, [figures], from the coins, [patients] of 0
/// (left) and 1 (exchanged).
/// @return [replicates, figures], row-major.
std::vector<double> permute_pairs(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute);

/// Two-sided p = (1 + #) / (B + 1) of |permuted| >= |observed|, NaN replicates left out;
/// exact in that it never rejects more often than its level.
/// @return NaN where the observed difference is NaN or no replicate is defined.
/// Source: Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39; for paired
/// diagnostic scores Bandos, Rockette and Gur 2005, Stat. Med. 24:2873.
double permutation_p(double observed, std::span<const double> permuted);

}  // namespace medgraft::statistics
