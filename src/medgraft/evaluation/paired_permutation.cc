#include "medgraft/evaluation/paired_permutation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "medgraft/statistics/permutation.h"

namespace medgraft::evaluation {
namespace {

bool is_masked(const Predictions& predictions, size_t row, size_t column) {
  const auto columns = static_cast<size_t>(predictions.num_columns());
  const double label = predictions.multiclass
                           ? predictions.labels[row]
                           : predictions.labels[row * columns + column];
  return std::isnan(label) || label < 0;
}

// [n, K] of the view's rows.
std::vector<double> own_probabilities(const SplitView& view) {
  const auto columns = view.predictions->num_columns();
  std::vector<double> out;
  for (const int64_t row : view.rows) {
    const auto first = view.predictions->probabilities.begin() + row * columns;
    out.insert(out.end(), first, first + columns);
  }
  return out;
}

// Midranks among the unmasked cases of a label, scaled into (0, 1).
std::vector<double> own_ranks(const SplitView& view) {
  auto out = own_probabilities(view);
  const auto columns = static_cast<size_t>(view.predictions->num_columns());
  for (size_t k = 0; k < columns; ++k) {
    std::vector<size_t> order;
    for (size_t i = 0; i < view.rows.size(); ++i) {
      if (!is_masked(*view.predictions, static_cast<size_t>(view.rows[i]), k)) {
        order.push_back(i * columns + k);
      }
    }
    std::sort(order.begin(), order.end(),
              [&](size_t x, size_t y) { return out[x] < out[y]; });
    const auto scale = static_cast<double>(order.size() + 1);
    for (size_t first = 0; first < order.size();) {
      size_t last = first;
      const double score = out[order[first]];
      while (last < order.size() && out[order[last]] == score) ++last;
      const double midrank = static_cast<double>(first + 1 + last) / 2;
      for (; first < last; ++first) out[order[first]] = midrank / scale;
    }
  }
  return out;
}

// 1 where the model calls the label, else 0; classes are decided by the most probable.
std::vector<double> own_decisions(const SplitView& view) {
  auto out = own_probabilities(view);
  if (view.predictions->multiclass) return out;
  const auto columns = static_cast<size_t>(view.predictions->num_columns());
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t k = i % columns;
    out[i] = out[i] >= (k < view.thresholds.size() ? view.thresholds[k] : 0.5) ? 1 : 0;
  }
  return out;
}

bool is_at_a_threshold(Metric metric) {
  return metric == Metric::kAccuracy || metric == Metric::kBalancedAccuracy ||
         metric == Metric::kSensitivity || metric == Metric::kSpecificity ||
         metric == Metric::kF1;
}

}  // namespace

PairedPermutation::PairedPermutation(const SplitView& a, const SplitView& b)
    : num_patients_(a.num_patients),
      ranks_(make_pool(a, b, own_ranks)),
      decisions_(make_pool(a, b, own_decisions)),
      probabilities_(make_pool(a, b, own_probabilities)) {}

PairedPermutation::Pool PairedPermutation::make_pool(const SplitView& a,
                                                     const SplitView& b,
                                                     Transform scale) {
  Pool pool;
  pool.predictions.multiclass = a.predictions->multiclass;
  pool.predictions.names = a.predictions->names;
  const auto columns = a.predictions->multiclass ? 1 : a.predictions->num_columns();
  std::vector<int64_t> patients;
  for (const auto* view : {&a, &b}) {
    const auto scores = scale(*view);
    pool.predictions.probabilities.insert(pool.predictions.probabilities.end(),
                                          scores.begin(), scores.end());
    for (size_t i = 0; i < view->rows.size(); ++i) {
      const auto first = view->predictions->labels.begin() + view->rows[i] * columns;
      pool.predictions.labels.insert(pool.predictions.labels.end(), first,
                                     first + columns);
      // b's patients follow a's, so that a model's copy of a patient has its own weight.
      patients.push_back(view->patient_index[i] + (view == &b ? a.num_patients : 0));
    }
  }
  std::vector<int64_t> rows(patients.size());
  std::iota(rows.begin(), rows.end(), int64_t{0});
  pool.scorer = std::make_unique<Scorer>(pool.predictions, rows, std::move(patients),
                                         std::vector<double>{});
  return pool;
}

const Scorer& PairedPermutation::scorer_of(Metric metric) const {
  if (metric == Metric::kAuroc || metric == Metric::kAuprc) return *ranks_.scorer;
  return is_at_a_threshold(metric) ? *decisions_.scorer : *probabilities_.scorer;
}

double PairedPermutation::difference(Metric metric, std::span<const double> coins) const {
  std::vector<double> first(2 * coins.size()), second(2 * coins.size());
  for (size_t i = 0; i < coins.size(); ++i) {
    first[i] = second[coins.size() + i] = 1 - coins[i];
    second[i] = first[coins.size() + i] = coins[i];
  }
  const auto& scorer = scorer_of(metric);
  return scorer.score(metric, first) - scorer.score(metric, second);
}

std::vector<double> PairedPermutation::differences(const std::vector<Metric>& metrics,
                                                   int64_t permutations, uint64_t seed,
                                                   int threads) const {
  return statistics::permute_pairs(
      num_patients_, permutations, std::ssize(metrics), seed, threads,
      [&](std::span<const double> coins, std::span<double> out) {
        for (size_t m = 0; m < metrics.size(); ++m) {
          out[m] = difference(metrics[m], coins);
        }
      });
}

}  // namespace medgraft::evaluation
