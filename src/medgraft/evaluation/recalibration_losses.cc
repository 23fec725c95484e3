#include "medgraft/evaluation/recalibration_losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/calibration.h"
#include "medgraft/statistics/logistic.h"

namespace medgraft::evaluation {
namespace {

using statistics::LabelColumn;
using statistics::RobustEstimate;

// Losses of the cases of one label, or of one multi-class prediction.
struct CaseLosses {
  double ece = 0;
  std::vector<double> nll, brier;
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());  // NaN without a case.
}

double ece_of(const LabelColumn& column) {
  return statistics::calibration_error(statistics::BinnedSample(column).bins());
}

// The most probable class of each case, and whether it is the true one.
LabelColumn top_of(const std::vector<LabelColumn>& columns, const MappedColumns& p) {
  LabelColumn top{{}, {}, columns[0].patients};
  for (size_t i = 0; i < columns[0].size(); ++i) {
    size_t best = 0;
    for (size_t k = 1; k < p.size(); ++k) {
      if (p[k][i] > p[best][i]) best = k;
    }
    top.probabilities.push_back(p[best][i]);
    top.labels.push_back(columns[best].labels[i]);
  }
  return top;
}

MappedColumns probabilities_of(const std::vector<LabelColumn>& columns) {
  MappedColumns out;
  for (const auto& column : columns) out.push_back(column.probabilities);
  return out;
}

CaseLosses label_losses(const LabelColumn& column, const std::vector<double>& p) {
  CaseLosses out;
  out.ece = ece_of({p, column.labels, column.patients});
  for (size_t i = 0; i < p.size(); ++i) {
    const bool positive = column.labels[i] > 0.5;
    const double error = p[i] - (positive ? 1 : 0);
    out.nll.push_back(statistics::log_loss(p[i], positive));
    out.brier.push_back(error * error);
  }
  return out;
}

CaseLosses class_losses(const std::vector<LabelColumn>& columns, const MappedColumns& p) {
  CaseLosses out;
  out.ece = ece_of(top_of(columns, p));
  for (size_t i = 0; i < columns[0].size(); ++i) {
    double own = 0, squares = 0;
    for (size_t k = 0; k < p.size(); ++k) {
      const double label = columns[k].labels[i];
      if (label > 0.5) own = p[k][i];
      squares += (p[k][i] - label) * (p[k][i] - label);
    }
    out.nll.push_back(statistics::log_loss(own, true));
    out.brier.push_back(squares);
  }
  return out;
}

// The mean difference, with C / (C - 1) for the C patients that have a case.
RobustEstimate mean_difference(const std::vector<double>& after,
                               const std::vector<double>& before,
                               const std::vector<int64_t>& patients,
                               int64_t num_patients) {
  RobustEstimate out{0, std::vector<double>(static_cast<size_t>(num_patients)), {}};
  const auto count = static_cast<double>(after.size());
  out.value = mean(after) - mean(before);
  std::vector<bool> seen(static_cast<size_t>(num_patients));
  for (size_t i = 0; i < after.size(); ++i) {
    const auto patient = static_cast<size_t>(patients[i]);
    out.influence[patient] += (after[i] - before[i] - out.value) / count;
    seen[patient] = true;
  }
  const auto clusters = static_cast<double>(std::count(seen.begin(), seen.end(), true));
  const double correction = std::sqrt(clusters / (clusters - 1));
  for (double& value : out.influence) value *= correction;
  return out;
}

struct Pair {
  CaseLosses before, after;
  const std::vector<int64_t>* patients;
};

bool is_usable(const RecalibrationInput& input, const MappedColumns& mapped, size_t k) {
  return !mapped[k].empty() && input.columns[k].size() > 0;
}

std::vector<Pair> loss_pairs(const RecalibrationInput& input,
                             const MappedColumns& mapped) {
  std::vector<Pair> pairs;
  if (input.multiclass) {
    if (!is_usable(input, mapped, 0)) return pairs;
    pairs.push_back({class_losses(input.columns, probabilities_of(input.columns)),
                     class_losses(input.columns, mapped), &input.columns[0].patients});
    return pairs;
  }
  for (size_t k = 0; k < mapped.size(); ++k) {
    const auto& column = input.columns[k];
    if (!is_usable(input, mapped, k)) continue;
    pairs.push_back({label_losses(column, column.probabilities),
                     label_losses(column, mapped[k]), &column.patients});
  }
  return pairs;
}

// Predictions that ECE is of, binned before and after the map.
struct BinnedPair {
  statistics::BinnedSample before, after;
};

std::vector<BinnedPair> binned_pairs(const RecalibrationInput& input,
                                     const MappedColumns& mapped) {
  std::vector<BinnedPair> pairs;
  if (input.multiclass) {
    if (!is_usable(input, mapped, 0)) return pairs;
    const auto before = top_of(input.columns, probabilities_of(input.columns));
    const auto after = top_of(input.columns, mapped);
    pairs.push_back({statistics::BinnedSample(before), statistics::BinnedSample(after)});
    return pairs;
  }
  for (size_t k = 0; k < mapped.size(); ++k) {
    const auto& column = input.columns[k];
    if (!is_usable(input, mapped, k)) continue;
    const LabelColumn after{mapped[k], column.labels, column.patients};
    pairs.push_back({statistics::BinnedSample(column), statistics::BinnedSample(after)});
  }
  return pairs;
}

double mean_ece_difference(const std::vector<BinnedPair>& pairs,
                           std::span<const double> patient_counts) {
  std::vector<double> differences;
  for (const auto& pair : pairs) {
    differences.push_back(
        statistics::calibration_error(pair.after.bins(patient_counts)) -
        statistics::calibration_error(pair.before.bins(patient_counts)));
  }
  return mean_of_defined(differences);
}

}  // namespace

RecalibrationInput recalibration_input(const SplitView& view) {
  const auto& predictions = *view.predictions;
  const auto width = static_cast<size_t>(predictions.num_columns());
  RecalibrationInput out{predictions.multiclass, view.num_patients, label_columns(view),
                         std::vector<std::vector<double>>(width)};
  for (size_t k = 0; k < width && predictions.logits.empty(); ++k) {
    for (const double p : out.columns[k].probabilities) {
      out.logits[k].push_back(out.multiclass ? -statistics::log_loss(p, true)
                                             : statistics::clipped_logit(p));
    }
  }
  for (const int64_t r : view.rows) {
    if (predictions.logits.empty()) break;
    const auto row = static_cast<size_t>(r);
    for (size_t k = 0; k < width; ++k) {
      const double label = predictions.labels[out.multiclass ? row : row * width + k];
      if (label >= 0) out.logits[k].push_back(predictions.logits[row * width + k]);
    }
  }
  return out;
}

RecalibrationLosses recalibration_losses(const RecalibrationInput& input,
                                         const MappedColumns& mapped) {
  const auto pairs = loss_pairs(input, mapped);
  RecalibrationLosses out;
  std::vector<RobustEstimate> nll, brier;
  for (const auto& [before, after, patients] : pairs) {
    out.ece_before += before.ece;
    out.ece_after += after.ece;
    out.nll_before += mean(before.nll);
    out.nll_after += mean(after.nll);
    out.brier_before += mean(before.brier);
    out.brier_after += mean(after.brier);
    nll.push_back(mean_difference(after.nll, before.nll, *patients, input.num_patients));
    brier.push_back(
        mean_difference(after.brier, before.brier, *patients, input.num_patients));
  }
  const auto count = static_cast<double>(pairs.size());
  for (double* value : {&out.ece_before, &out.ece_after, &out.nll_before, &out.nll_after,
                        &out.brier_before, &out.brier_after}) {
    *value /= count;  // NaN without a mapped label.
  }
  out.nll_difference = statistics::mean_estimate(nll);
  out.brier_difference = statistics::mean_estimate(brier);
  return out;
}

statistics::Interval ece_difference(const RecalibrationInput& input,
                                    const MappedColumns& mapped,
                                    const EvaluateOptions& options) {
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  const auto pairs = binned_pairs(input, mapped);
  const double estimate = mean_ece_difference(pairs, {});
  if (std::isnan(estimate) || options.replicates == 0) {
    return {estimate, kUndefined, kUndefined};
  }
  return statistics::reflected_interval(
      estimate,
      statistics::bootstrap(input.num_patients, options.replicates, 1, options.seed,
                            options.threads,
                            [&](std::span<const double> counts, std::span<double> out) {
                              out[0] = mean_ece_difference(pairs, counts);
                            }),
      -std::numeric_limits<double>::infinity());
}

}  // namespace medgraft::evaluation
