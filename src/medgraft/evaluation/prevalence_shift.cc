#include "medgraft/evaluation/prevalence_shift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "medgraft/statistics/reweight.h"

namespace medgraft::evaluation {
namespace {

using statistics::BinarySample;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<double> spread(const std::vector<int64_t>& patients,
                           std::span<const double> counts) {
  std::vector<double> weights;
  if (counts.empty()) return weights;
  weights.reserve(patients.size());
  for (const int64_t patient : patients) {
    weights.push_back(counts[static_cast<size_t>(patient)]);
  }
  return weights;
}

struct Items {
  std::vector<double> probabilities, labels;
  std::vector<int64_t> patients;
};

Items items_of(const SplitView& view, const std::vector<int64_t>& patient_index,
               int64_t label) {
  const auto& predictions = *view.predictions;
  const auto columns = static_cast<size_t>(predictions.num_columns());
  const auto k = static_cast<size_t>(label);
  Items out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    double y = predictions.labels[predictions.multiclass ? row : row * columns + k];
    if (std::isnan(y) || y < 0) continue;
    if (predictions.multiclass) y = y == static_cast<double>(k) ? 1 : 0;
    out.probabilities.push_back(predictions.probabilities[row * columns + k]);
    out.labels.push_back(y);
    out.patients.push_back(patient_index[i]);
  }
  return out;
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

double weighted_mean(const std::vector<double>& values,
                     const std::vector<double>& weights) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return total > 0 ? sum / total : kUndefined;
}

}  // namespace

LabelSample::LabelSample(const SplitView& view, const std::vector<int64_t>& patient_index,
                         int64_t label)
    : sample({}, {}) {
  auto items = items_of(view, patient_index, label);
  sample = BinarySample(std::move(items.probabilities), std::move(items.labels));
  patients = std::move(items.patients);
  if (static_cast<size_t>(label) < view.thresholds.size()) {
    threshold = view.thresholds[static_cast<size_t>(label)];
  }
}

bool LabelSample::has_both_classes() const {
  const auto& labels = sample.labels();
  const auto positive = [](double y) { return y > 0.5; };
  return std::any_of(labels.begin(), labels.end(), positive) &&
         !std::all_of(labels.begin(), labels.end(), positive);
}

std::vector<double> LabelSample::weights(std::span<const double> patient_counts) const {
  return spread(patients, patient_counts);
}

PrevalenceShift::TopSample::TopSample(const SplitView& view,
                                      const std::vector<int64_t>& patient_index)
    : top({}, {}) {
  const auto& predictions = *view.predictions;
  const auto columns = static_cast<size_t>(predictions.num_columns());
  std::vector<double> probabilities, right;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    if (std::isnan(predictions.labels[row])) continue;
    const auto actual = static_cast<size_t>(predictions.labels[row]);
    const double* p = predictions.probabilities.data() + row * columns;
    double squares = 0;
    for (size_t k = 0; k < columns; ++k) {
      const double error = p[k] - (k == actual ? 1 : 0);
      squares += error * error;
    }
    const auto best = static_cast<size_t>(std::max_element(p, p + columns) - p);
    probabilities.push_back(p[best]);
    right.push_back(best == actual);
    squared_errors.push_back(squares);
    classes.push_back(static_cast<int64_t>(actual));
    patients.push_back(patient_index[i]);
  }
  top = BinarySample(std::move(probabilities), std::move(right));
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
    id_.emplace_back(id, id_patients, k);
    ood_.emplace_back(ood, ood_patients, k);
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
    const auto& [id, ood] = std::tie(id_[l], ood_[l]);
    const auto of_id = id.weights(patient_counts), of_ood = ood.weights(patient_counts);
    const double target = statistics::prevalence(id.sample.labels(), of_id);
    const auto reweighted = statistics::reweight_to(target, ood.sample.labels(), of_ood);
    put(kId, place, statistics::prevalence_figures(id.sample, id.threshold, of_id));
    put(kOod, place, statistics::prevalence_figures(ood.sample, ood.threshold, of_ood));
    if (reweighted.empty()) {
      put(kReweighted, place, {kUndefined, kUndefined, kUndefined, kUndefined});
    } else {
      put(kReweighted, place,
          statistics::prevalence_figures(ood.sample, ood.threshold, reweighted));
    }
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
    weights[s] = spread(tops_[s].patients, patient_counts);
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
    out.push_back({statistics::prevalence(id_[l].sample.labels()),
                   statistics::prevalence(ood_[l].sample.labels())});
  }
  return out;
}

}  // namespace medgraft::evaluation
