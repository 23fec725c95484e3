#include "medgraft/evaluation/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double score_sample(Metric metric, const statistics::BinarySample& sample,
                    double threshold, statistics::Weights weights) {
  switch (metric) {
    case Metric::kAuroc:
      return sample.auroc(weights);
    case Metric::kAuprc:
      return sample.auprc(weights);
    case Metric::kNll:
      return sample.nll(weights);
    case Metric::kBrier:
      return sample.brier(weights);
    case Metric::kEce:
      return sample.ece(weights);
    case Metric::kEceAdaptive:
      return sample.ece_adaptive(weights);
    case Metric::kEceDebiased:
      return sample.ece_debiased(weights);
    default:
      return score_confusion(metric, sample.confusion(threshold, weights));
  }
}

}  // namespace

double score_confusion(Metric metric, const statistics::Confusion& confusion) {
  switch (metric) {
    case Metric::kAccuracy:
      return confusion.accuracy();
    case Metric::kBalancedAccuracy:
      return confusion.balanced_accuracy();
    case Metric::kSensitivity:
      return confusion.sensitivity();
    case Metric::kSpecificity:
      return confusion.specificity();
    case Metric::kF1:
      return confusion.f1();
    default:
      MEDGRAFT_CHECK(false, "not a metric of counts");
  }
}

double score_classes(Metric metric, std::span<const statistics::Confusion> classes) {
  if (metric == Metric::kBalancedAccuracy) metric = Metric::kSensitivity;
  std::vector<double> values;
  for (const auto& confusion : classes) {
    values.push_back(score_confusion(metric, confusion));
  }
  return mean_of_defined(values);
}

std::vector<double> case_weights(const std::vector<int64_t>& patients,
                                 std::span<const double> counts) {
  std::vector<double> weights;
  if (counts.empty()) return weights;
  weights.reserve(patients.size());
  for (const int64_t patient : patients) {
    weights.push_back(counts[static_cast<size_t>(patient)]);
  }
  return weights;
}

double mean_of_defined(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : kUndefined;
}

Scorer::Scorer(const Predictions& predictions, const std::vector<int64_t>& rows,
               std::vector<int64_t> patient_index, std::vector<double> thresholds)
    : multiclass_(predictions.multiclass), num_cases_(static_cast<int64_t>(rows.size())) {
  const auto columns = static_cast<size_t>(predictions.num_columns());
  const auto most = std::max_element(patient_index.begin(), patient_index.end());
  std::vector<bool> is_seen(most == patient_index.end() ? 0
                                                        : static_cast<size_t>(*most) + 1);
  for (const int64_t patient : patient_index) {
    num_patients_ += !is_seen[static_cast<size_t>(patient)];
    is_seen[static_cast<size_t>(patient)] = true;
  }
  patients_are_distinct_ = num_patients_ == num_cases_;
  for (size_t k = 0; k < columns; ++k) {
    std::vector<double> p, y;
    std::vector<int64_t> patients;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<size_t>(rows[i]);
      const double label =
          multiclass_ ? predictions.labels[row] : predictions.labels[row * columns + k];
      if (std::isnan(label) || (!multiclass_ && label < 0)) {
        num_masked_ += !multiclass_ || k == 0;
        num_uncertain_ += label < 0;
        continue;
      }
      p.push_back(predictions.probabilities[row * columns + k]);
      y.push_back(multiclass_ ? (label == static_cast<double>(k) ? 1 : 0) : label);
      patients.push_back(patient_index[i]);
    }
    samples_.push_back({statistics::BinarySample(std::move(p), std::move(y)),
                        std::move(patients),
                        k < thresholds.size() ? thresholds[k] : 0.5});
  }
  if (multiclass_) prepare_classes();
}

void Scorer::prepare_classes() {
  std::vector<double> top_p, top_right;
  for (size_t i = 0; i < samples_[0].sample.size(); ++i) {
    size_t best = 0, actual = 0;
    double squares = 0;
    for (size_t k = 0; k < samples_.size(); ++k) {
      const double p = samples_[k].sample.probabilities()[i];
      const double y = samples_[k].sample.labels()[i];
      if (p > samples_[best].sample.probabilities()[i]) best = k;
      if (y > 0.5) actual = k;
      squares += (p - y) * (p - y);
    }
    top_p.push_back(samples_[best].sample.probabilities()[i]);
    top_right.push_back(best == actual);
    squared_errors_.push_back(squares);
    losses_.push_back(
        statistics::log_loss(samples_[actual].sample.probabilities()[i], true));
    predicted_.push_back(static_cast<int64_t>(best));
    actual_.push_back(static_cast<int64_t>(actual));
  }
  top_ = Label{statistics::BinarySample(std::move(top_p), std::move(top_right)),
               samples_[0].patients};
}

double Scorer::score(Metric metric, std::span<const double> patient_counts) const {
  if (multiclass_ && metric != Metric::kAuroc && metric != Metric::kAuprc) {
    return multiclass(metric, patient_counts);
  }
  std::vector<double> values;
  for (int64_t k = 0; k < num_labels(); ++k) {
    values.push_back(score_label(metric, k, patient_counts));
  }
  return mean_of_defined(values);
}

double Scorer::score_label(Metric metric, int64_t label,
                           std::span<const double> patient_counts) const {
  const auto& [sample, patients, threshold] = samples_[static_cast<size_t>(label)];
  return score_sample(metric, sample, threshold, case_weights(patients, patient_counts));
}

double Scorer::multiclass(Metric metric, std::span<const double> patient_counts) const {
  const auto weights = case_weights(top_->patients, patient_counts);
  const auto weight = [&](size_t i) { return weights.empty() ? 1 : weights[i]; };
  const auto weighted_mean = [&](const std::vector<double>& values) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      sum += weight(i) * values[i];
      total += weight(i);
    }
    return total > 0 ? sum / total : kUndefined;
  };
  switch (metric) {
    case Metric::kAccuracy:
      return weighted_mean(top_->sample.labels());
    case Metric::kBrier:
      return weighted_mean(squared_errors_);
    case Metric::kNll:
      return weighted_mean(losses_);
    case Metric::kEce:
      return top_->sample.ece(weights);
    case Metric::kEceAdaptive:
      return top_->sample.ece_adaptive(weights);
    case Metric::kEceDebiased:
      return top_->sample.ece_debiased(weights);
    default:
      break;
  }
  std::vector<statistics::Confusion> classes;  // By the most probable class.
  for (int64_t k = 0; k < num_labels(); ++k) {
    statistics::Confusion confusion;
    for (size_t i = 0; i < predicted_.size(); ++i) {
      double& count =
          actual_[i] == k
              ? (predicted_[i] == k ? confusion.true_positive : confusion.false_negative)
              : (predicted_[i] == k ? confusion.false_positive : confusion.true_negative);
      count += weight(i);
    }
    classes.push_back(confusion);
  }
  return score_classes(metric, classes);
}

statistics::NamedInterval Scorer::label_auroc_interval(int64_t label) const {
  return statistics::recommended_auroc_interval(components(label), labels_of(label),
                                                patients_of(label));
}

statistics::AurocComponents Scorer::components(int64_t label) const {
  const auto& sample = samples_[static_cast<size_t>(label)].sample;
  return statistics::auroc_components(sample.probabilities(), sample.labels());
}

const std::vector<double>& Scorer::labels_of(int64_t label) const {
  return samples_[static_cast<size_t>(label)].sample.labels();
}

const std::vector<int64_t>& Scorer::patients_of(int64_t label) const {
  return samples_[static_cast<size_t>(label)].patients;
}

int64_t Scorer::num_labeled(int64_t label) const {
  return static_cast<int64_t>(samples_[static_cast<size_t>(label)].sample.size());
}

}  // namespace medgraft::evaluation
