#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

namespace medgraft {

/// Mixes words into one key: the seed of an independent stream. The same words give the
/// same key on every machine and in every release.
/// Source: the finalizer of SplitMix64 (Steele, Lea and Flood 2014), applied per word.
uint64_t mix_key(std::initializer_list<uint64_t> words);

/// A small, fast generator whose whole state is one word, so that any draw of a run can
/// be recomputed from (seed, step, item) and nothing has to be stored to resume. Source:
/// SplitMix64 (Steele, Lea and Flood 2014).
class Rng {
 public:
  explicit Rng(uint64_t key) : state_(key) {}

  uint64_t next();
  /// @return uniform in [0, 1) with 53 random bits.
  double uniform();
  /// @return uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// @return an integer in [0, bound) without modulo bias; bound > 0.
  uint64_t below(uint64_t bound);
  /// @return a standard normal deviate (Box-Muller, one of the pair).
  double normal();
  /// @return a Gamma(shape, 1) deviate; shape > 0. Source: Marsaglia and Tsang 2000.
  double gamma(double shape);
  /// @return a Beta(a, b) deviate; a, b > 0.
  double beta(double a, double b);

 private:
  uint64_t state_;
};

/// Fisher-Yates in place. The standard library's shuffle differs between libraries.
template <class T>
void shuffle(std::span<T> items, Rng& rng) {
  for (auto i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng.below(i)]);
}

}  // namespace medgraft
