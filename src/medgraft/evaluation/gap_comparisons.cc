#include "medgraft/evaluation/gap_comparisons.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/gaps_section.h"
#include "medgraft/evaluation/group_replicates.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/verdict.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::GapKind;
using statistics::kNumGapKinds;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kLanes = statistics::GroupedSample::kLanes;

// Both models' figures are of enough patients.
std::vector<statistics::Eligible> eligible_in_both(const EligibleGroups& a,
                                                   const EligibleGroups& b) {
  auto out = a.of_means;
  for (size_t i = 0; i < out.size(); ++i) out[i] &= b.of_means[i];
  return out;
}

json growth_json(const SplitView& a, const SplitView& b, const std::string& attribute,
                 GapKind kind, const statistics::Interval& difference, double p) {
  return {{"a", a.model},
          {"b", b.model},
          {"split", a.split},
          {"attribute", attribute},
          {"gap", name_of(kind)},
          {"difference", number_json(difference.value)},
          {"ci_low", number_json(difference.low)},
          {"ci_high", number_json(difference.high)},
          {"p", number_json(p)},
          {"p_adjusted", nullptr},
          {"margin", nullptr},
          {"test", "paired bootstrap"},
          {"family", text(a.split, "/", a.model, " - ", b.model, "/gap.", name_of(kind))},
          {"verdict", nullptr}};
}

// The gaps of two models over the same cases, observed and in every patient resample.
class PairedGaps {
 public:
  PairedGaps(const SplitView& a, const SplitView& b, const GroupedAttribute& attribute,
             const EvaluateOptions& options)
      : labels_{GroupedLabels(a), GroupedLabels(b)},
        attribute_(attribute),
        eligible_(
            eligible_in_both(eligible_groups(labels_[0], attribute, options.min_group),
                             eligible_groups(labels_[1], attribute, options.min_group))) {
    const auto table = labels_[0].table(attribute);
    const auto observed = [&](const GroupedLabels& labels) {
      return labels.figures(table, {}, attribute.num_groups());
    };
    observed_.resize(kNumGapKinds);
    store(observed(labels_[0]), observed(labels_[1]), observed_);
    const auto count = static_cast<size_t>(options.replicates);
    replicates_.resize(count * kNumGapKinds);
    const auto blocks = static_cast<int64_t>((count + kLanes - 1) / kLanes);
    statistics::for_each_index(blocks, options.threads, [&](int64_t block) {
      fill(a.num_patients, options.seed, static_cast<size_t>(block) * kLanes, count);
    });
  }

  double observed(size_t kind) const { return observed_[kind]; }
  std::vector<double> replicates(size_t kind) const {
    return statistics::values_of_figure(replicates_, kNumGapKinds, kind);
  }

 private:
  // The replicates from `first` on, kLanes of them or up to `last`.
  void fill(int64_t num_patients, uint64_t seed, size_t first, size_t last) {
    const auto weights = draw_rows(labels_[0], num_patients, seed, first);
    const auto of_a = figures_of_lanes(labels_[0], attribute_, weights, {});
    const auto of_b = figures_of_lanes(labels_[1], attribute_, weights, {});
    const size_t size = of_a.size() / kLanes;
    for (size_t lane = 0; lane < kLanes && first + lane < last; ++lane) {
      store(std::span(of_a).subspan(lane * size, size),
            std::span(of_b).subspan(lane * size, size),
            std::span(replicates_).subspan((first + lane) * kNumGapKinds, kNumGapKinds));
    }
  }

  // The differences of both models' gaps. @param a, b [samples, groups].
  void store(std::span<const statistics::GroupFigures> a,
             std::span<const statistics::GroupFigures> b, std::span<double> out) const {
    const auto gaps = [&](std::span<const statistics::GroupFigures> figures) {
      return statistics::largest_gaps(figures, eligible_, attribute_.groups.size());
    };
    const auto of_a = gaps(a), of_b = gaps(b);
    for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
      out[kind] = of_a[kind].value - of_b[kind].value;
    }
  }

  std::array<GroupedLabels, 2> labels_;
  const GroupedAttribute& attribute_;
  std::vector<statistics::Eligible> eligible_;
  std::vector<double> observed_, replicates_;
};

void judge(json& entry, const EvaluateOptions& options) {
  const auto key = text("gap.", entry["gap"].get<std::string>());
  std::optional<double> margin;
  if (const auto found = options.margins.find(key); found != options.margins.end()) {
    margin = found->second;
    entry["margin"] = *margin;
  }
  if (entry["p_adjusted"].is_null()) return;
  const statistics::Interval interval{entry["difference"], entry["ci_low"],
                                      entry["ci_high"]};
  entry["verdict"] = statistics::to_string(
      statistics::judge(interval, entry["p_adjusted"], margin, false));
}

}  // namespace

json gap_comparisons_json(const SplitView& a, const SplitView& b,
                          const EvaluateOptions& options) {
  json out = json::array();
  for (const auto& attribute : grouped_attributes(a, options).items) {
    if (attribute.is_intersection) continue;
    const PairedGaps paired(a, b, attribute, options);
    for (size_t i = 0; i < kNumGapKinds; ++i) {
      const auto kind = static_cast<GapKind>(i);
      if (kind == GapKind::kWorstGroup || std::isnan(paired.observed(i))) continue;
      statistics::Interval interval{paired.observed(i), kUnknown, kUnknown};
      double p = kUnknown;
      if (options.replicates > 0) {
        const auto values = paired.replicates(i);
        interval = statistics::percentile_interval(paired.observed(i), values);
        p = statistics::bootstrap_p(values);
      }
      out.push_back(growth_json(a, b, attribute.name, kind, interval, p));
    }
  }
  for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
    std::vector<json*> family;
    for (auto& entry : out) {
      if (entry["gap"] == name_of(static_cast<GapKind>(kind))) family.push_back(&entry);
    }
    adjust_by_holm(family);
  }
  for (auto& entry : out) judge(entry, options);
  return out;
}

}  // namespace medgraft::evaluation
