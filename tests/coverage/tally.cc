#include "coverage/tally.h"

#include <cmath>

#include "medgraft/base/error.h"

namespace medgraft::coverage {
namespace {

constexpr double kLevel = 0.05;

template <class Tally, class Outcome>
std::vector<Tally> tally_each(const std::vector<std::vector<Outcome>>& sets) {
  std::vector<Tally> out(sets.empty() ? 0 : sets[0].size());
  for (const auto& outcomes : sets) {
    MEDGRAFT_CHECK(outcomes.size() == out.size(), "outcomes differ between data sets");
    for (size_t i = 0; i < out.size(); ++i) out[i].add(outcomes[i]);
  }
  return out;
}

}  // namespace

void IntervalTally::add(const Outcome& outcome) {
  metric = outcome.metric;
  method = outcome.method;
  truth = outcome.truth;
  ++sets;
  const auto& [value, low, high] = outcome.interval;
  if (std::isnan(value)) {
    ++undefined;
  } else if (std::isnan(low) || std::isnan(high)) {
    ++no_interval;
  } else {
    below += high < truth;
    above += low > truth;
    width_sum += high - low;
  }
}

double IntervalTally::coverage() const {
  return 1 - static_cast<double>(below + above) / static_cast<double>(intervals());
}

void NullTally::add(const NullOutcome& outcome) {
  test = outcome.test;
  metric = outcome.metric;
  ++sets;
  undefined += std::isnan(outcome.p);
  rejected += outcome.p <= kLevel;
}

double NullTally::rejection_rate() const {
  return static_cast<double>(rejected) / static_cast<double>(sets - undefined);
}

std::vector<IntervalTally> tally(const std::vector<std::vector<Outcome>>& sets) {
  return tally_each<IntervalTally>(sets);
}

std::vector<NullTally> tally(const std::vector<std::vector<NullOutcome>>& sets) {
  return tally_each<NullTally>(sets);
}

}  // namespace medgraft::coverage
