#include "medgraft/evaluation/label_groups.h"

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/statistics/moderated_auroc.h"
#include "medgraft/statistics/wilson.h"

namespace medgraft::evaluation {
namespace {

using statistics::GroupFigure;
using statistics::NamedInterval;

bool is_auroc(GroupFigure figure) {
  return figure == GroupFigure::kAuroc || figure == GroupFigure::kBpsnAuroc ||
         figure == GroupFigure::kBnspAuroc;
}

}  // namespace

LabelGroups::LabelGroups(const LabelCases& cases, const GroupedAttribute& attribute)
    : cases_(cases), members_(attribute.groups.size()) {
  for (size_t i = 0; i < cases.rows.size(); ++i) {
    const int32_t group = attribute.group_of_row[static_cast<size_t>(cases.rows[i])];
    if (group >= 0) members_[static_cast<size_t>(group)].push_back(i);
  }
}

NamedInterval LabelGroups::interval(size_t group, GroupFigure figure) const {
  return is_auroc(figure) ? auroc(group, figure) : share(group, figure);
}

NamedInterval LabelGroups::auroc(size_t group, GroupFigure figure) const {
  std::vector<double> p, y;
  std::vector<int64_t> clusters;
  const auto take = [&](size_t g, bool positives, bool negatives) {
    for (const size_t i : members_[g]) {
      if (!(cases_.column.labels[i] > 0.5 ? positives : negatives)) continue;
      p.push_back(cases_.column.probabilities[i]);
      y.push_back(cases_.column.labels[i]);
      clusters.push_back(cases_.column.patients[i]);
    }
  };
  const bool bpsn = figure == GroupFigure::kBpsnAuroc;
  const bool bnsp = figure == GroupFigure::kBnspAuroc;
  take(group, !bpsn, !bnsp);
  for (size_t g = 0; (bpsn || bnsp) && g < members_.size(); ++g) {
    if (g != group) take(g, bpsn, bnsp);
  }
  const auto parts = statistics::auroc_components(p, y);
  return statistics::recommended_auroc_interval(parts, y, clusters);
}

NamedInterval LabelGroups::share(size_t group, GroupFigure figure) const {
  std::vector<double> successes;
  std::vector<int64_t> clusters;
  for (const size_t i : members_[group]) {
    const bool positive = cases_.column.labels[i] > 0.5,
               predicted = cases_.predicted[i] != 0;
    bool counts = true, success = predicted;
    if (figure == GroupFigure::kPrevalence) success = positive;
    if (figure == GroupFigure::kTpr) counts = positive;
    if (figure == GroupFigure::kFpr) counts = !positive;
    if (figure == GroupFigure::kPpv) {
      counts = predicted;
      success = positive;
    }
    if (figure == GroupFigure::kUnderDiagnosis) {
      counts = positive;
      success = !predicted;
    }
    if (!counts) continue;
    successes.push_back(success ? 1 : 0);
    clusters.push_back(cases_.column.patients[i]);
  }
  const auto proportion = statistics::clustered_proportion(successes, clusters);
  auto interval = statistics::wilson_interval(proportion);
  interval.value = proportion.value;
  return {interval, proportion.is_clustered ? "wilson clustered" : "wilson"};
}

std::string too_small(std::span<const statistics::GroupCounts> counts, size_t group,
                      GroupFigure figure, int64_t min_group) {
  const auto& own = counts[group];
  int64_t other_positives = 0, other_negatives = 0;
  for (size_t g = 0; g < counts.size(); ++g) {
    if (g == group) continue;
    other_positives += counts[g].positive_patients;
    other_negatives += counts[g].negative_patients;
  }
  struct Need {
    int64_t patients;
    const char* of;
  };
  const Need positives{own.positive_patients, "positive cases"};
  const Need negatives{own.negative_patients, "negative cases"};
  std::vector<Need> needs;
  switch (figure) {
    case GroupFigure::kAuroc:
      needs = {positives, negatives};
      break;
    case GroupFigure::kBpsnAuroc:
      needs = {negatives, {other_positives, "positive cases in the other groups"}};
      break;
    case GroupFigure::kBnspAuroc:
      needs = {positives, {other_negatives, "negative cases in the other groups"}};
      break;
    case GroupFigure::kTpr:
    case GroupFigure::kUnderDiagnosis:
      needs = {positives};
      break;
    case GroupFigure::kFpr:
      needs = {negatives};
      break;
    case GroupFigure::kPpv:
      needs = {{own.predicted_patients, "cases predicted positive"}};
      break;
    default:
      needs = {{own.patients, "labeled cases"}};
  }
  const auto least = std::min_element(
      needs.begin(), needs.end(),
      [](const Need& a, const Need& b) { return a.patients < b.patients; });
  return text("too small: ", least->patients,
              least->patients == 1 ? " patient with " : " patients with ", least->of,
              "; at least ", min_group, " are needed");
}

}  // namespace medgraft::evaluation
