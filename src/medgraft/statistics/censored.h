#pragma once

#include <limits>

namespace medgraft::statistics {

/// Where a value lies that may be beyond what was observed.
enum class Censoring { kNone, kBelow, kAbove };

/// A value, or the bound that it lies beyond. NaN: undefined.
struct Censored {
  double value = std::numeric_limits<double>::quiet_NaN();
  Censoring censoring = Censoring::kNone;

  bool operator==(const Censored&) const = default;
};

/// An estimate and the ends of its 95% interval, each of which may be censored.
struct CensoredInterval {
  Censored value, low, high;
};

}  // namespace medgraft::statistics
