#include "medgraft/train/validation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "medgraft/statistics/auroc.h"

namespace medgraft::train {
namespace {

// As evaluation does: a probability of exactly 0 or 1 stays finite in the logarithm.
constexpr double kClip = 1e-15;

double clipped_log(double probability) {
  return std::log(std::clamp(probability, kClip, 1 - kClip));
}

struct Mean {
  double sum = 0;
  int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
};

}  // namespace

std::map<std::string, double> validation_metrics(const CasePredictions& predictions,
                                                 const CaseSet& set) {
  const auto p = predictions.probabilities.accessor<double, 2>();
  const auto y = set.metrics.values.accessor<float, 2>();
  const auto w = set.metrics.weights.accessor<float, 2>();
  Mean auroc, accuracy, nll;
  for (int64_t k = 0; k < p.size(1); ++k) {
    std::vector<double> scores, labels;
    for (int64_t i = 0; i < p.size(0); ++i) {
      if (w[i][set.multiclass ? 0 : k] == 0 || std::isnan(p[i][k])) continue;
      scores.push_back(p[i][k]);
      labels.push_back(y[i][k]);
      if (set.multiclass) continue;
      accuracy.add((p[i][k] >= 0.5) == (y[i][k] > 0.5));
      nll.add(-clipped_log(y[i][k] > 0.5 ? p[i][k] : 1 - p[i][k]));
    }
    const double of_label = statistics::auroc(scores, labels);
    if (!std::isnan(of_label)) auroc.add(of_label);
  }
  for (int64_t i = 0; set.multiclass && i < p.size(0); ++i) {
    if (w[i][0] == 0 || std::isnan(p[i][0])) continue;
    int64_t predicted = 0, actual = 0;
    for (int64_t k = 1; k < p.size(1); ++k) {
      if (p[i][k] > p[i][predicted]) predicted = k;
      if (y[i][k] > y[i][actual]) actual = k;
    }
    accuracy.add(predicted == actual);
    nll.add(-clipped_log(p[i][actual]));
  }
  std::map<std::string, double> out;
  const auto put = [&](const char* name, const Mean& mean) {
    if (mean.count > 0) out[name] = mean.sum / static_cast<double>(mean.count);
  };
  put("auroc", auroc);
  put("accuracy", accuracy);
  put("nll", nll);
  return out;
}

bool is_better(const std::string& metric, double value, double best) {
  return metric == "nll" ? value < best : value > best;
}

}  // namespace medgraft::train
