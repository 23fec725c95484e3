#include "medgraft/evaluation/prevalence_shift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/scorer.h"

namespace medgraft::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double weighted_mean(const std::vector<double>& values,
                     const std::vector<double>& weights) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return total > 0 ? sum / total : kUndefined;
}

double threshold_of(const SplitView& view, size_t label) {
  return label < view.thresholds.size() ? view.thresholds[label] : 0.5;
}

}  // namespace

PrevalenceShift::TopSample::TopSample(const SplitView& view,
                                      const std::vector<int64_t>& patient_index)
    : top({}, {}) {
  const auto& predictions = *view.predictions;
  const auto columns = static_cast<size_t>(predictions.num_columns());
  for (const int64_t r : view.rows) {
    const auto row = static_cast<size_t>(r);
    if (std::isnan(predictions.labels[row])) continue;
    const auto actual = static_cast<size_t>(predictions.labels[row]);
    const double* p = predictions.probabilities.data() + row * columns;
    double squares = 0;
    for (size_t k = 0; k < columns; ++k) {
      const double error = p[k] - (k == actual ? 1 : 0);
      squares += error * error;
    }
    squared_errors.push_back(squares);
    classes.push_back(static_cast<int64_t>(actual));
  }
  auto column = top_column(view, patient_index);
  top =
      statistics::BinarySample(std::move(column.probabilities), std::move(column.labels));
  patients = std::move(column.patients);
}

std::vector<double> PrevalenceShift::TopSample::class_shares(
    std::span<const double> weights, size_t num_classes) const {
  std::vector<double> shares(num_classes);
  double total = 0;
  for (size_t i = 0; i < classes.size(); ++i) {
    shares[static_cast<size_t>(classes[i])] += weights[i];
    total += weights[i];
  }
  for (double& share : shares) share /= total;
  return shares;
}

PrevalenceShift::PrevalenceShift(const SplitView& id,
                                 const std::vector<int64_t>& id_patients,
                                 const SplitView& ood,
                                 const std::vector<int64_t>& ood_patients,
                                 const std::vector<int64_t>& labels) {
  for (const int64_t k : labels) {
    const auto label = static_cast<size_t>(k);
    id_.emplace_back(label_column(id, label, id_patients), threshold_of(id, label));
    ood_.emplace_back(label_column(ood, label, ood_patients), threshold_of(ood, label));
  }
  if (!id.predictions->multiclass) return;
  num_classes_ = static_cast<size_t>(id.predictions->num_columns());
  tops_.emplace_back(id, id_patients);
  tops_.emplace_back(ood, ood_patients);
}

int64_t PrevalenceShift::num_figures() const {
  return int64_t{kNumSets} * std::ssize(kFigures) * (1 + std::ssize(id_));
}

int64_t PrevalenceShift::at(Set set, size_t figure, int64_t place) const {
  return (int64_t{set} * std::ssize(kFigures) + static_cast<int64_t>(figure)) *
             (1 + std::ssize(id_)) +
         1 + place;
}

void PrevalenceShift::compute(std::span<const double> patient_counts,
                              std::span<double> out) const {
  const auto put = [&](Set set, int64_t place,
                       const statistics::PrevalenceFigures& figures) {
    const double values[] = {figures.auprc, figures.ppv, figures.brier, figures.ece};
    for (size_t f = 0; f < kFigures.size(); ++f) {
      out[static_cast<size_t>(at(set, f, place))] = values[f];
    }
  };
  for (size_t l = 0; l < id_.size(); ++l) {
    const auto place = static_cast<int64_t>(l);
    const double target = id_[l].prevalence(patient_counts);
    const auto ood = ood_[l].figures_at(target, patient_counts);
    put(kId, place, id_[l].figures(patient_counts));
    put(kOod, place, ood.own);
    put(kReweighted, place, ood.reweighted);
  }
  for (const auto set : {kId, kOod, kReweighted}) {
    for (size_t f = 0; f < kFigures.size(); ++f) {
      const auto first = static_cast<size_t>(at(set, f, 0));
      out[first - 1] = mean_of_defined(out.subspan(first, id_.size()));
    }
  }
  if (!tops_.empty()) compute_classes(patient_counts, out);
}

void PrevalenceShift::compute_classes(std::span<const double> patient_counts,
                                      std::span<double> out) const {
  std::vector<double> weights[2], shares[2];
  for (size_t s = 0; s < 2; ++s) {
    weights[s] = case_weights(tops_[s].patients, patient_counts);
    if (weights[s].empty()) weights[s].assign(tops_[s].patients.size(), 1);
    shares[s] = tops_[s].class_shares(weights[s], num_classes_);
  }
  const auto put = [&](Set set, const TopSample& sample, const std::vector<double>& w) {
    out[static_cast<size_t>(at(set, 2, -1))] = weighted_mean(sample.squared_errors, w);
    out[static_cast<size_t>(at(set, 3, -1))] = sample.top.ece(w);
  };
  put(kId, tops_[0], weights[0]);
  put(kOod, tops_[1], weights[1]);
  const auto ratios = statistics::class_ratios(shares[0], shares[1]);
  for (size_t i = 0; i < weights[1].size(); ++i) {
    weights[1][i] *= ratios[static_cast<size_t>(tops_[1].classes[i])];
  }
  put(kReweighted, tops_[1], weights[1]);
}

std::vector<PrevalenceShift::Prevalence> PrevalenceShift::prevalences() const {
  std::vector<Prevalence> out;
  for (size_t l = 0; l < id_.size(); ++l) {
    out.push_back({id_[l].prevalence(), ood_[l].prevalence()});
  }
  return out;
}

}  // namespace medgraft::evaluation
