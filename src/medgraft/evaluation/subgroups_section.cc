#include "medgraft/evaluation/subgroups_section.h"

#include <cmath>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/label_groups.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::GroupFigure;
using statistics::Interval;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct NamedFigure {
  const char* name;
  GroupFigure figure;
  bool complement = false;  ///< 1 less the figure.
};
constexpr NamedFigure kFigures[] = {{"auroc", GroupFigure::kAuroc},
                                    {"bpsn_auroc", GroupFigure::kBpsnAuroc},
                                    {"bnsp_auroc", GroupFigure::kBnspAuroc},
                                    {"prevalence", GroupFigure::kPrevalence},
                                    {"selection_rate", GroupFigure::kSelectionRate},
                                    {"tpr", GroupFigure::kTpr},
                                    {"fpr", GroupFigure::kFpr},
                                    {"ppv", GroupFigure::kPpv},
                                    {"sensitivity", GroupFigure::kTpr},
                                    {"specificity", GroupFigure::kFpr, true},
                                    {"under_diagnosis", GroupFigure::kUnderDiagnosis},
                                    {"ece_debiased", GroupFigure::kEceDebiased}};

Interval complement_of(const Interval& interval) {
  return {1 - interval.value, 1 - interval.high, 1 - interval.low};
}

// The subgroups of one attribute.
class Subgroups {
 public:
  Subgroups(const SplitView& view, const GroupedLabels& labels,
            const EligibleGroups& eligible, const GroupReplicates& replicates,
            size_t index, const EvaluateOptions& options)
      : view_(view),
        labels_(labels),
        eligible_(eligible),
        replicates_(replicates),
        index_(index),
        options_(options),
        num_groups_(eligible.attribute->groups.size()),
        figures_(labels.figures(labels.table(*eligible.attribute), {},
                                eligible.attribute->num_groups())) {}

  // {GROUP: {METRIC: VALUE}} of one label.
  json label_json(size_t label) const {
    const LabelGroups groups(labels_.labels()[label], *eligible_.attribute);
    json out = json::object();
    for (size_t g = 0; g < num_groups_; ++g) {
      auto& of_group = out[eligible_.attribute->groups[g]];
      const auto& counts = counts_of(label)[g];
      of_group["n"] = count_json(counts.cases, counts.patients);
      for (const auto& named : kFigures) {
        of_group[named.name] = label_value(groups, label, g, named);
      }
      if (label == labels_.no_finding()) {
        of_group["false_no_finding"] =
            label_value(groups, label, g, {"", GroupFigure::kFpr});
      }
    }
    return out;
  }

  // The same as a mean over labels.
  json mean_json(const json& of_no_finding) const {
    json out = json::object();
    const auto cases = group_sizes();
    for (size_t g = 0; g < num_groups_; ++g) {
      const auto& name = eligible_.attribute->groups[g];
      const auto [num_cases, num_patients] = cases[g];
      out[name]["n"] = count_json(num_cases, num_patients);
      for (const auto& named : kFigures) {
        out[name][named.name] = mean_value(g, named, num_cases, num_patients);
      }
      if (!of_no_finding.is_null()) {
        out[name]["false_no_finding"] = of_no_finding[name]["false_no_finding"];
      }
    }
    return out;
  }

 private:
  std::span<const statistics::GroupCounts> counts_of(size_t label) const {
    return std::span(eligible_.counts).subspan(label * num_groups_, num_groups_);
  }

  json count_json(int64_t cases, int64_t patients) const {
    const auto n = static_cast<double>(cases);
    return value_json({n, kUnknown, kUnknown}, "count", cases, patients,
                      view_.patients_are_known);
  }

  // All cases of each group, whether or not labeled, and their patients.
  std::vector<std::pair<int64_t, int64_t>> group_sizes() const {
    std::vector<int64_t> cases(num_groups_);
    std::vector<std::vector<bool>> seen(
        num_groups_, std::vector<bool>(static_cast<size_t>(view_.num_patients)));
    for (size_t i = 0; i < view_.patient_index.size(); ++i) {
      const int32_t group = eligible_.attribute->group_of_row[i];
      if (group < 0) continue;
      ++cases[static_cast<size_t>(group)];
      seen[static_cast<size_t>(group)][static_cast<size_t>(view_.patient_index[i])] =
          true;
    }
    std::vector<std::pair<int64_t, int64_t>> out;
    for (size_t g = 0; g < num_groups_; ++g) {
      out.emplace_back(cases[g], std::count(seen[g].begin(), seen[g].end(), true));
    }
    return out;
  }

  json label_value(const LabelGroups& groups, size_t label, size_t g,
                   const NamedFigure& named) const {
    const auto counts = counts_of(label);
    const size_t at = label * num_groups_ + g;
    statistics::NamedInterval found{{kUnknown, kUnknown, kUnknown}};
    std::string reason;
    if (!eligible_.of_labels[at][static_cast<size_t>(named.figure)]) {
      reason = too_small(counts, g, named.figure, options_.min_group);
    } else if (replicates_.empty()) {
      found.interval.value = figures_[at][named.figure];
    } else if (named.figure == GroupFigure::kEceDebiased) {
      const double value = figures_[at][named.figure];
      found = {
          statistics::percentile_interval(value, replicates_.label_ece(index_, label, g)),
          "bootstrap percentile"};
    } else {
      found = groups.interval(g, named.figure);
    }
    if (named.complement) found.interval = complement_of(found.interval);
    return value_json(found.interval, found.method, counts[g].cases, counts[g].patients,
                      view_.patients_are_known, reason);
  }

  json mean_value(size_t g, const NamedFigure& named, int64_t cases,
                  int64_t patients) const {
    const auto bit = static_cast<size_t>(named.figure);
    int64_t num_labels = 0;
    for (size_t at = g; at < figures_.size(); at += num_groups_) {
      num_labels +=
          eligible_.of_means[at][bit] && !std::isnan(figures_[at][named.figure]);
    }
    const double value = statistics::mean_figure(figures_, eligible_.of_means,
                                                 num_groups_, g, named.figure);
    Interval interval{value, kUnknown, kUnknown};
    const bool is_known = !std::isnan(value) && !replicates_.empty();
    if (is_known) {
      auto values = replicates_.mean(index_, g, named.figure);
      interval = statistics::percentile_interval(value, std::move(values));
    }
    if (named.complement) interval = complement_of(interval);
    auto out =
        value_json(interval, is_known ? "bootstrap percentile" : "none", cases, patients,
                   view_.patients_are_known, reason_for_mean(g, named.figure));
    if (!std::isnan(value)) out["n_labels"] = num_labels;
    return out;
  }

  std::string reason_for_mean(size_t g, GroupFigure figure) const {
    if (labels_.is_multiclass() &&
        (figure == GroupFigure::kPrevalence || figure == GroupFigure::kSelectionRate)) {
      return "of single classes alone: see label_subgroups";
    }
    // The label that comes closest.
    std::string reason;
    int64_t most = -1;
    for (size_t k = 0; k < labels_.labels().size(); ++k) {
      const auto& own = counts_of(k)[g];
      const auto patients = std::min(own.positive_patients, own.negative_patients);
      if (patients <= most) continue;
      most = patients;
      reason = text(labels_.labels()[k].name, " is ",
                    too_small(counts_of(k), g, figure, options_.min_group));
    }
    return text("too small for every label: ", reason);
  }

  const SplitView& view_;
  const GroupedLabels& labels_;
  const EligibleGroups& eligible_;
  const GroupReplicates& replicates_;
  size_t index_;
  const EvaluateOptions& options_;
  size_t num_groups_;
  std::vector<statistics::GroupFigures> figures_;  ///< [samples, groups]
};

}  // namespace

json subgroups_json(const SplitView& view, const GroupedLabels& labels,
                    std::span<const EligibleGroups> attributes,
                    const EvaluateOptions& options) {
  const GroupReplicates replicates(view, labels, attributes, options);
  json out = {{"subgroups", json::object()},
              {"label_subgroups", json::object()},
              {"subgroup_replicates", replicates.num_replicates()}};
  const auto num_labels = std::ssize(labels.labels());
  for (size_t a = 0; a < attributes.size(); ++a) {
    const Subgroups subgroups(view, labels, attributes[a], replicates, a, options);
    const auto& name = attributes[a].attribute->name;
    std::vector<json> of_labels(labels.labels().size());
    statistics::for_each_index(num_labels, options.threads, [&](int64_t k) {
      of_labels[static_cast<size_t>(k)] = subgroups.label_json(static_cast<size_t>(k));
    });
    if (labels.samples().size() == 1) {
      out["subgroups"][name] = std::move(of_labels[0]);
      continue;
    }
    const auto no_finding = labels.no_finding();
    out["subgroups"][name] =
        subgroups.mean_json(no_finding ? of_labels[*no_finding] : json());
    for (size_t k = 0; k < of_labels.size(); ++k) {
      out["label_subgroups"][labels.labels()[k].name][name] = std::move(of_labels[k]);
    }
  }
  return out;
}

}  // namespace medgraft::evaluation
