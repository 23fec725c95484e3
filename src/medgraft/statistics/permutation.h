#pragma once

#include <cstdint>
#include <span>

namespace medgraft::statistics {

/// The coins of permutation `index`: 1 where a patient's predictions are exchanged
/// between the two models, else 0. The same seed and index give the same coins, whichever
/// thread asks.
void draw_exchanges(uint64_t seed, int64_t index, std::span<uint16_t> coins);

/// Two-sided p = (1 + #) / (B + 1) of |permuted| >= |observed|, NaN replicates left out;
/// exact in that it never rejects more often than its level.
/// @return NaN where the observed difference is NaN or no replicate is defined.
/// Source: Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39; for paired
/// diagnostic scores Bandos, Rockette and Gur 2005, Stat. Med. 24:2873.
double permutation_p(double observed, std::span<const double> permuted);

}  // namespace medgraft::statistics
