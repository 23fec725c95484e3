#include "medgraft/evaluation/metric.h"

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"

namespace medgraft::evaluation {
namespace {

struct Entry {
  Metric metric;
  const char* name;
  bool higher_is_better;
};

constexpr Entry kEntries[] = {
    {Metric::kAuroc, "auroc", true},
    {Metric::kAuprc, "auprc", true},
    {Metric::kAccuracy, "accuracy", true},
    {Metric::kBalancedAccuracy, "balanced_accuracy", true},
    {Metric::kSensitivity, "sensitivity", true},
    {Metric::kSpecificity, "specificity", true},
    {Metric::kF1, "f1", true},
    {Metric::kNll, "nll", false},
    {Metric::kBrier, "brier", false},
    {Metric::kEce, "ece", false},
    {Metric::kEceAdaptive, "ece_adaptive", false},
    {Metric::kEceDebiased, "ece_debiased", false},
};

const Entry& entry_of(Metric metric) { return kEntries[static_cast<size_t>(metric)]; }

}  // namespace

const std::vector<Metric>& all_metrics() {
  static const std::vector<Metric> kAll = [] {
    std::vector<Metric> all;
    for (const auto& entry : kEntries) all.push_back(entry.metric);
    return all;
  }();
  return kAll;
}

std::string name_of(Metric metric) { return entry_of(metric).name; }

Metric parse_metric(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : kEntries) {
    if (entry.name == name) return entry.metric;
    names.emplace_back(entry.name);
  }
  throw UserError(text("unknown metric \"", name, "\"", hint(name, names)));
}

bool higher_is_better(Metric metric) { return entry_of(metric).higher_is_better; }

}  // namespace medgraft::evaluation
