#include "medgraft/statistics/data_efficiency.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/isotonic.h"

namespace medgraft::statistics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t kSeedStream = 0x5eed;  // Apart from the draws of patients.

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

IsotonicFit fit_curve(const std::vector<double>& fractions,
                      const std::vector<double>& values, bool higher_is_better) {
  std::vector<double> places;
  for (const double fraction : fractions) places.push_back(std::log(fraction));
  return isotonic_fit(places, values, {},
                      higher_is_better ? Direction::kIncreasing : Direction::kDecreasing);
}

// The crossing, with infinities where it lies beyond the fractions.
double crossing(const IsotonicFit& fit, double target, bool higher_is_better) {
  const auto reaches = [&](double value) {
    return higher_is_better ? value >= target : value <= target;
  };
  if (reaches(fit.y.front())) return -kInfinity;
  for (size_t i = 1; i < fit.y.size(); ++i) {
    if (!reaches(fit.y[i])) continue;
    const double share = (target - fit.y[i - 1]) / (fit.y[i] - fit.y[i - 1]);
    return std::exp(fit.x[i - 1] + share * (fit.x[i] - fit.x[i - 1]));
  }
  return kInfinity;
}

Censored censored(double fraction, const std::vector<double>& fractions) {
  if (fraction == -kInfinity) return {fractions.front(), Censoring::kBelow};
  if (fraction == kInfinity) return {fractions.back(), Censoring::kAbove};
  return {fraction, Censoring::kNone};
}

// Beside an infinite neighbour there is nothing to interpolate: the outer one stands.
double outer_quantile(const std::vector<double>& sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const double below = sorted[static_cast<size_t>(std::floor(place))];
  const double above = sorted[static_cast<size_t>(std::ceil(place))];
  if (std::isinf(below) || std::isinf(above)) return probability < 0.5 ? below : above;
  return below + (place - std::floor(place)) * (above - below);
}

// The variance, over resamples of patients, of the seeds' deviations from their mean:
// what patients alone make of them, each seed in its own way.
double interaction_variance(const SeedScores& cell) {
  const auto seeds = cell.observed.size();
  std::vector<std::vector<double>> deviations(seeds);
  for (size_t first = 0; first + seeds <= cell.replicates.size(); first += seeds) {
    const auto values = std::span(cell.replicates).subspan(first, seeds);
    const double center = mean(values);
    for (size_t s = 0; s < seeds; ++s) deviations[s].push_back(values[s] - center);
  }
  double sum = 0;
  for (const auto& of_seed : deviations) {
    const double own = variance(of_seed);  // Leaves undefined replicates out.
    if (!std::isnan(own)) sum += own;
  }
  return sum / static_cast<double>(seeds - 1);
}

// What seeds add to a cell's mean in each replicate.
class SeedResamples {
 public:
  SeedResamples(const std::vector<const SeedScores*>& cells, uint64_t seed)
      : seed_(seed) {
    double squares = 0, interaction = 0;
    for (const auto* cell : cells) {
      if (cell->num_seeds() < 2) continue;
      const auto seeds = static_cast<double>(cell->num_seeds());
      const double center = mean(cell->observed);
      for (const double value : cell->observed) {
        residuals_.push_back((value - center) * std::sqrt(seeds / (seeds - 1)));
        squares += (value - center) * (value - center);
      }
      degrees_ += cell->num_seeds() - 1;
      interaction += (seeds - 1) * interaction_variance(*cell);
    }
    interaction_share_ = squares > 0 ? interaction / squares : 0;
  }

  int64_t degrees() const { return degrees_; }

  // The means over as many draws as each cell has seeds.
  std::vector<double> draw(const std::vector<const SeedScores*>& cells,
                           int64_t replicate) const {
    std::vector<double> shifts(cells.size());
    if (degrees_ == 0) return shifts;
    Rng rng(mix_key({seed_, kSeedStream, static_cast<uint64_t>(replicate)}));
    const auto degrees = static_cast<double>(degrees_);
    const double total = degrees / (2 * rng.gamma(degrees / 2));
    const double scale = std::sqrt(std::max(0.0, total - interaction_share_));
    for (size_t c = 0; c < cells.size(); ++c) {
      for (int64_t s = 0; s < cells[c]->num_seeds(); ++s) {
        shifts[c] += residuals_[rng.below(residuals_.size())];
      }
      shifts[c] *= scale / static_cast<double>(cells[c]->num_seeds());
    }
    return shifts;
  }

 private:
  uint64_t seed_;
  std::vector<double> residuals_;
  int64_t degrees_ = 0;
  // Of the variance over seeds: is in the resamples of patients already.
  double interaction_share_ = 0;
};

// The values of one replicate, or of the whole sample, in the order of the cells.
struct Replicates {
  std::vector<std::vector<double>> fitted;  // [F][replicates]
  std::vector<double> target, crossing;
};

std::vector<double> replicate_means(const std::vector<const SeedScores*>& cells,
                                    const SeedResamples& seeds, int64_t replicate) {
  auto means = seeds.draw(cells, replicate);
  for (size_t c = 0; c < cells.size(); ++c) {
    const auto size = cells[c]->observed.size();
    means[c] += mean(std::span(cells[c]->replicates)
                         .subspan(static_cast<size_t>(replicate) * size, size));
  }
  return means;
}

bool has_undefined(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](double v) { return std::isnan(v); });
}

// The curve's cells where the metric is defined, then the target where it is none of
// them.
struct Usable {
  std::vector<double> fractions;
  std::vector<size_t> places;  // Of these fractions in the input.
  std::vector<const SeedScores*> cells;
  size_t target = 0;
};

Usable usable_cells(const EfficiencyCells& input) {
  Usable out;
  for (size_t f = 0; f < input.fractions.size(); ++f) {
    if (std::isnan(mean(input.curve[f]->observed))) continue;
    out.fractions.push_back(input.fractions[f]);
    out.places.push_back(f);
    out.cells.push_back(input.curve[f]);
  }
  const auto found = std::find(out.cells.begin(), out.cells.end(), input.target);
  out.target = static_cast<size_t>(found - out.cells.begin());
  if (found == out.cells.end()) out.cells.push_back(input.target);
  return out;
}

void add_intervals(const EfficiencyCells& input, const Usable& usable, uint64_t seed,
                   DataEfficiency& out) {
  const auto num_replicates =
      static_cast<int64_t>(input.target->replicates.size()) / input.target->num_seeds();
  const SeedResamples seeds(usable.cells, seed);
  out.num_seed_degrees = seeds.degrees();
  Replicates all;
  all.fitted.resize(usable.fractions.size());
  for (int64_t b = 0; b < num_replicates; ++b) {
    auto means = replicate_means(usable.cells, seeds, b);
    if (has_undefined(means)) {
      ++out.num_undefined;
      continue;
    }
    const double target = means[usable.target];
    means.resize(usable.fractions.size());
    const auto fit = fit_curve(usable.fractions, means, input.higher_is_better);
    for (size_t f = 0; f < usable.fractions.size(); ++f) {
      all.fitted[f].push_back(fit(std::log(usable.fractions[f])));
    }
    all.target.push_back(target);
    all.crossing.push_back(crossing(fit, target, input.higher_is_better));
  }
  if (all.crossing.empty()) return;
  std::sort(all.crossing.begin(), all.crossing.end());
  out.fraction_to_reach.low =
      censored(outer_quantile(all.crossing, 0.025), usable.fractions);
  out.fraction_to_reach.high =
      censored(outer_quantile(all.crossing, 0.975), usable.fractions);
  out.target = percentile_interval(out.target.value, std::move(all.target));
  for (size_t f = 0; f < usable.fractions.size(); ++f) {
    auto& fitted = out.points[usable.places[f]].fitted;
    fitted = percentile_interval(fitted.value, std::move(all.fitted[f]));
  }
}

}  // namespace

Censored fraction_to_reach(const std::vector<double>& fractions,
                           const std::vector<double>& values, double target,
                           bool higher_is_better) {
  if (std::isnan(target) || values.empty()) return {};
  const auto fit = fit_curve(fractions, values, higher_is_better);
  return censored(crossing(fit, target, higher_is_better), fractions);
}

DataEfficiency data_efficiency(const EfficiencyCells& cells, uint64_t seed) {
  MEDGRAFT_CHECK(cells.fractions.size() == cells.curve.size() && cells.target &&
                     std::is_sorted(cells.fractions.begin(), cells.fractions.end()),
                 "sizes ", cells.fractions.size(), ", ", cells.curve.size());
  DataEfficiency out;
  const Interval undefined{kUndefined, kUndefined, kUndefined};
  for (size_t f = 0; f < cells.fractions.size(); ++f) {
    out.points.push_back({cells.fractions[f], mean(cells.curve[f]->observed), undefined});
  }
  out.target = {mean(cells.target->observed), kUndefined, kUndefined};
  const auto usable = usable_cells(cells);
  if (usable.fractions.empty() || std::isnan(out.target.value)) return out;
  std::vector<double> values;
  for (const size_t place : usable.places) values.push_back(out.points[place].observed);
  const auto fit = fit_curve(usable.fractions, values, cells.higher_is_better);
  for (const size_t place : usable.places) {
    auto& point = out.points[place];
    point.fitted.value = fit(std::log(point.fraction));
  }
  out.fraction_to_reach.value = fraction_to_reach(
      usable.fractions, values, out.target.value, cells.higher_is_better);
  add_intervals(cells, usable, seed, out);
  return out;
}

}  // namespace medgraft::statistics
