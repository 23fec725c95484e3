#include "medgraft/base/rng.h"

#include <cmath>
#include <numbers>

namespace medgraft {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

uint64_t finalize(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

uint64_t mix_key(std::initializer_list<uint64_t> words) {
  uint64_t key = kGolden;
  for (const uint64_t word : words) key = finalize((key ^ word) + kGolden);
  return key;
}

uint64_t Rng::next() { return finalize(state_ += kGolden); }

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

uint64_t Rng::below(uint64_t bound) {
  // Rejects the first 2^64 mod bound values, so that each remainder is equally likely.
  const uint64_t first = (0 - bound) % bound;
  for (;;) {
    const uint64_t draw = next();
    if (draw >= first) return draw % bound;
  }
}

double Rng::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Rng::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(1 - uniform(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log1p(-uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

double Rng::beta(double a, double b) {
  const double x = gamma(a);
  return x / (x + gamma(b));
}

}  // namespace medgraft
