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
// Streams apart from the draws of patients, and of the two arms from each other.
constexpr uint64_t kBaselineStream = 0x5eed, kArmStream = 0x5eee;

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

IsotonicFit fit_curve(const std::vector<double>& fractions,
                      const std::vector<double>& values, bool higher_is_better) {
  std::vector<double> places;
  places.reserve(fractions.size());
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

// What seeds add to the means of one arm's cells in each replicate.
class SeedResamples {
 public:
  SeedResamples(std::vector<const SeedScores*> cells, uint64_t seed, uint64_t stream)
      : cells_(std::move(cells)), key_(mix_key({seed, stream})) {
    double squares = 0, interaction = 0;
    for (const auto* cell : cells_) {
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

  // The cells' means over the seeds in a resample of patients, moved by as many draws of
  // residuals as each cell has seeds.
  std::vector<double> means(int64_t replicate) const {
    std::vector<double> means;
    Rng rng(mix_key({key_, static_cast<uint64_t>(replicate)}));
    const auto degrees = static_cast<double>(degrees_);
    const double total = degrees_ > 0 ? degrees / (2 * rng.gamma(degrees / 2)) : 0;
    const double scale = std::sqrt(std::max(0.0, total - interaction_share_));
    for (const auto* cell : cells_) {
      const auto seeds = cell->observed.size();
      double shift = 0;
      for (size_t s = 0; degrees_ > 0 && s < seeds; ++s) {
        shift += residuals_[rng.below(residuals_.size())];
      }
      const auto values = std::span(cell->replicates)
                              .subspan(static_cast<size_t>(replicate) * seeds, seeds);
      means.push_back(mean(values) + shift * scale / static_cast<double>(seeds));
    }
    return means;
  }

 private:
  std::vector<const SeedScores*> cells_;
  uint64_t key_;
  std::vector<double> residuals_;
  int64_t degrees_ = 0;
  // Of the variance over seeds: is in the resamples of patients already.
  double interaction_share_ = 0;
};

// What each replicate gives.
struct Replicates {
  std::vector<std::vector<double>> fitted;  // [F][replicates]
  std::vector<double> target, crossing;
};

bool has_undefined(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](double v) { return std::isnan(v); });
}

bool is_defined(const SeedScores* cell) { return !std::isnan(mean(cell->observed)); }

// The curve's cells where the metric is defined.
struct Usable {
  std::vector<double> fractions;
  std::vector<size_t> places;  // Of these fractions in the input.
  std::vector<const SeedScores*> cells;
};

Usable usable_cells(const EfficiencyCells& input) {
  Usable out;
  for (size_t f = 0; f < input.fractions.size(); ++f) {
    if (!is_defined(input.curve[f])) continue;
    out.fractions.push_back(input.fractions[f]);
    out.places.push_back(f);
    out.cells.push_back(input.curve[f]);
  }
  return out;
}

void add_intervals(const EfficiencyCells& input, const Usable& usable, uint64_t seed,
                   DataEfficiency& out) {
  const auto num_replicates =
      static_cast<int64_t>(input.target->replicates.size()) / input.target->num_seeds();
  auto of_baseline = input.baseline_curve;
  std::erase_if(of_baseline, [](const auto* cell) { return !is_defined(cell); });
  const auto target_place = static_cast<size_t>(
      std::find(of_baseline.begin(), of_baseline.end(), input.target) -
      of_baseline.begin());
  // The baseline itself is resampled once, not as an arm apart from it.
  const bool is_baseline = of_baseline == usable.cells;
  const SeedResamples baseline(of_baseline, seed, kBaselineStream);
  const SeedResamples arm(usable.cells, seed, is_baseline ? kBaselineStream : kArmStream);
  out.num_seed_degrees = arm.degrees() + (is_baseline ? int64_t{0} : baseline.degrees());
  Replicates all;
  all.fitted.resize(usable.fractions.size());
  for (int64_t b = 0; b < num_replicates; ++b) {
    const auto means = arm.means(b);
    const double target = baseline.means(b)[target_place];
    if (has_undefined(means) || std::isnan(target)) {
      ++out.num_undefined;
      continue;
    }
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
  MEDGRAFT_CHECK(cells.fractions.size() == cells.curve.size() &&
                     std::is_sorted(cells.fractions.begin(), cells.fractions.end()) &&
                     std::count(cells.baseline_curve.begin(), cells.baseline_curve.end(),
                                cells.target) == 1,
                 "sizes ", cells.fractions.size(), ", ", cells.curve.size(), ", ",
                 cells.baseline_curve.size());
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
