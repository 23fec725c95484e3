#include "medgraft/statistics/crossed_seeds.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "medgraft/statistics/bootstrap.h"

namespace medgraft::statistics {
namespace {

using boost::math::students_t;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// A sum of independent variance components.
struct Components {
  double total = 0, weighted = 0;
  void add(double variance, double degrees) {
    if (!(variance > 0)) return;
    total += variance;
    weighted += variance * variance / degrees;
  }
  double degrees() const { return weighted > 0 ? total * total / weighted : 1; }
};

struct Seeds {
  double mean = kUndefined, variance = 0;  ///< Of the mean, over seeds.
  int64_t defined = 0, undefined = 0;
};

Seeds summarize(std::span<const double> values) {
  Seeds out;
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value)) {
      ++out.undefined;
      continue;
    }
    ++out.defined;
    sum += value;
  }
  const auto count = static_cast<double>(out.defined);
  if (out.defined > 0) out.mean = sum / count;
  if (out.defined > 1) out.variance = variance(values) / count;
  return out;
}

void add_seeds(Components& components, const Seeds& seeds) {
  components.add(seeds.variance, static_cast<double>(seeds.defined - 1));
}

// s^2 of both arms together, with its degrees of freedom.
struct PooledSeeds {
  double variance = 0, degrees = 0;
};

PooledSeeds pool(const Seeds& a, const Seeds& b) {
  PooledSeeds out;
  double squares = 0;
  for (const auto* seeds : {&a, &b}) {
    if (seeds->defined < 2) continue;
    const auto count = static_cast<double>(seeds->defined);
    squares += seeds->variance * count * (count - 1);
    out.degrees += count - 1;
  }
  if (out.degrees > 0) out.variance = squares / out.degrees;
  return out;
}

// Of one arm in each resample, [B]: the mean over the defined seeds; and the mean over
// resamples of the seeds' variance, less their own variance.
struct Resampled {
  std::vector<double> means;
  double excess = 0;
  int64_t defined = 0;
};

Resampled summarize(const ArmScores& arm) {
  Resampled out;
  const size_t num_resamples = arm.resampled.empty() ? 0 : arm.resampled[0].size();
  double total = 0, count = 0;
  std::vector<double> values;
  for (size_t r = 0; r < num_resamples; ++r) {
    values.clear();
    double sum = 0;
    for (size_t s = 0; s < arm.of_seed.size(); ++s) {
      if (std::isnan(arm.of_seed[s])) continue;
      values.push_back(arm.resampled[s][r]);
      sum += values.back();
    }
    out.means.push_back(sum / static_cast<double>(values.size()));
    const double spread = variance(values);
    if (std::isnan(out.means.back()) || std::isnan(spread)) continue;
    total += spread;
    ++count;
  }
  const auto seeds = summarize(std::span<const double>(arm.of_seed));
  out.defined = seeds.defined;
  if (count > 0) {
    out.excess = total / count - seeds.variance * static_cast<double>(seeds.defined);
  }
  return out;
}

void fill(CrossedMean& out, double value, const Components& components,
          double patient_variance) {
  out.interval = {value, kUndefined, kUndefined};
  if (std::isnan(value) || std::isnan(patient_variance)) {
    out.standard_error = out.degrees_of_freedom = kUndefined;
    return;
  }
  out.standard_error = std::sqrt(components.total);
  out.degrees_of_freedom = components.degrees();
  const double half =
      quantile(students_t(out.degrees_of_freedom), 0.975) * out.standard_error;
  out.interval.low = value - half;
  out.interval.high = value + half;
}

}  // namespace

CrossedMean crossed_mean(std::span<const double> seed_values, double patient_variance,
                         int64_t num_patients) {
  const auto seeds = summarize(seed_values);
  Components components;
  components.add(patient_variance, static_cast<double>(num_patients - 1));
  add_seeds(components, seeds);
  CrossedMean out;
  fill(out, seeds.mean, components, patient_variance);
  out.num_seeds = seeds.defined;
  out.num_undefined = seeds.undefined;
  return out;
}

double crossed_patient_variance(const ArmScores& arm) {
  return variance(summarize(arm).means);
}

double crossed_patient_variance(const ArmScores& a, const ArmScores& b) {
  const auto of_a = summarize(a), of_b = summarize(b);
  std::vector<double> differences;
  for (size_t r = 0; r < of_a.means.size(); ++r) {
    differences.push_back(of_a.means[r] - of_b.means[r]);
  }
  const double interaction = of_a.excess / static_cast<double>(of_a.defined) +
                             of_b.excess / static_cast<double>(of_b.defined);
  const double all = variance(differences);
  if (std::isnan(all)) return all;
  return std::clamp(all - interaction, 0.0, all);
}

CrossedDifference crossed_difference(std::span<const double> a, std::span<const double> b,
                                     double patient_variance, int64_t num_patients) {
  const auto of_a = summarize(a), of_b = summarize(b);
  const auto seeds = pool(of_a, of_b);
  Components components;
  components.add(patient_variance, static_cast<double>(num_patients - 1));
  components.add(seeds.variance * (1 / static_cast<double>(of_a.defined) +
                                   1 / static_cast<double>(of_b.defined)),
                 seeds.degrees);
  CrossedDifference out;
  const double difference = of_a.mean - of_b.mean;
  fill(out, difference, components, patient_variance);
  out.num_seeds = std::min(of_a.defined, of_b.defined);
  out.num_undefined = of_a.undefined + of_b.undefined;
  if (std::isnan(out.standard_error)) {
    out.p = kUndefined;
  } else if (out.standard_error > 0) {
    out.p = 2 * cdf(complement(students_t(out.degrees_of_freedom),
                               std::abs(difference) / out.standard_error));
  } else {
    out.p = difference == 0 ? 1 : kUndefined;
  }
  return out;
}

double CrossedDifference::non_inferiority_p(double gain, double margin) const {
  if (!(standard_error > 0)) return kUndefined;
  return cdf(
      complement(students_t(degrees_of_freedom), (gain + margin) / standard_error));
}

}  // namespace medgraft::statistics
