#include "medgraft/evaluation/gaps_section.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/gap_permutation.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Gap;
using statistics::GapKind;
using statistics::Gaps;
using statistics::kNumGapKinds;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Cases of known groups.
int64_t num_known(const GroupedAttribute& attribute) {
  return static_cast<int64_t>(attribute.group_of_row.size()) - attribute.num_unknown();
}

int64_t num_known_patients(const statistics::Grouping& grouping) {
  return std::count_if(grouping.group_of_patient.begin(), grouping.group_of_patient.end(),
                       [](int32_t group) { return group >= 0; });
}

Gaps observed_gaps(const GroupedLabels& labels, const EligibleGroups& eligible) {
  const auto& attribute = *eligible.attribute;
  const auto figures =
      labels.figures(labels.table(attribute), {}, attribute.num_groups());
  return statistics::largest_gaps(figures, eligible.of_means, attribute.groups.size());
}

json gap_json(const GroupedAttribute& attribute, int64_t num_patients, bool known,
              GapKind kind, const Gap& gap, double p) {
  const bool is_worst = kind == GapKind::kWorstGroup;
  auto out = value_json({gap.value, kUnknown, kUnknown},
                        std::isnan(p) ? "none" : "permutation over patients",
                        num_known(attribute), num_patients, known,
                        is_worst ? "no group has enough patients for an AUROC"
                                 : "fewer than two groups have enough patients");
  if (!std::isnan(gap.value)) {
    out["reason"] =
        is_worst ? "the group was picked for its figure: its interval is in subgroups"
                 : "an interval of a largest difference never contains 0: see p";
  }
  out["groups"] = json::array();
  for (const int32_t group : {gap.high, gap.low}) {
    if (group >= 0) out["groups"].push_back(attribute.groups[static_cast<size_t>(group)]);
  }
  out["p"] = number_json(p);
  out["p_adjusted"] = nullptr;
  return out;
}

}  // namespace

const char* name_of(GapKind kind) {
  switch (kind) {
    case GapKind::kAuroc:
      return "auroc";
    case GapKind::kTpr:
      return "tpr";
    case GapKind::kFpr:
      return "fpr";
    case GapKind::kPpv:
      return "ppv";
    case GapKind::kEce:
      return "ece";
    case GapKind::kDemographicParity:
      return "demographic_parity_difference";
    case GapKind::kEqualizedOdds:
      return "equalized_odds_difference";
    case GapKind::kWorstGroup:
      break;
  }
  return "worst_group";
}

int64_t gap_permutations(const GroupedLabels& labels,
                         std::span<const EligibleGroups> attributes,
                         const EvaluateOptions& options) {
  constexpr int64_t kBudget = 1'500'000'000;  // Visits of cases.
  const auto tested = std::count_if(
      attributes.begin(), attributes.end(),
      [](const auto& eligible) { return !eligible.attribute->is_intersection; });
  return affordable_replicates(options.replicates, labels.num_visits() * tested, kBudget);
}

void adjust_by_holm(const std::vector<json*>& family) {
  std::vector<json*> members;
  std::vector<double> p;
  for (auto* entry : family) {
    if ((*entry)["p"].is_null()) continue;
    members.push_back(entry);
    p.push_back((*entry)["p"]);
  }
  const auto adjusted = statistics::holm(p);
  for (size_t i = 0; i < members.size(); ++i) (*members[i])["p_adjusted"] = adjusted[i];
}

json gaps_json(const SplitView& view, const GroupedLabels& labels,
               std::span<const EligibleGroups> attributes,
               const EvaluateOptions& options) {
  json out = json::object();
  const int64_t permutations = gap_permutations(labels, attributes, options);
  for (const auto& eligible : attributes) {
    const auto& attribute = *eligible.attribute;
    if (attribute.is_intersection) continue;
    const auto gaps = observed_gaps(labels, eligible);
    const auto grouping = group_patients(view, attribute);
    const auto test = statistics::test_gaps(labels.samples(), grouping, eligible.of_means,
                                            {.permutations = permutations,
                                             .min_group = options.min_group,
                                             .seed = options.seed,
                                             .threads = options.threads});
    for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
      const double p = std::isnan(gaps[kind].value) ? kUnknown : test.p[kind];
      out[attribute.name][name_of(static_cast<GapKind>(kind))] =
          gap_json(attribute, num_known_patients(grouping), view.patients_are_known,
                   static_cast<GapKind>(kind), gaps[kind], p);
    }
  }
  for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
    std::vector<json*> family;
    for (auto& of_attribute : out) {
      family.push_back(&of_attribute[name_of(static_cast<GapKind>(kind))]);
    }
    adjust_by_holm(family);
  }
  return out;
}

}  // namespace medgraft::evaluation
