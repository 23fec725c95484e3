#include "medgraft/evaluation/gap_comparisons.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

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
    observed_.resize(kNumGapKinds);
    fill({}, observed_);
    replicates_ = statistics::bootstrap(
        a.num_patients, options.replicates, kNumGapKinds, options.seed, options.threads,
        [this](std::span<const double> counts, std::span<double> out) {
          fill(counts, out);
        });
  }

  double observed(size_t kind) const { return observed_[kind]; }
  std::vector<double> replicates(size_t kind) const {
    std::vector<double> out;
    for (size_t at = kind; at < replicates_.size(); at += kNumGapKinds) {
      out.push_back(replicates_[at]);
    }
    return out;
  }

 private:
  void fill(std::span<const double> counts, std::span<double> out) const {
    auto table = labels_[0].table(attribute_);
    for (size_t i = 0; !counts.empty() && i < table.size(); ++i) {
      table[i].weight *=
          static_cast<float>(counts[static_cast<size_t>(labels_[0].patients()[i])]);
    }
    const auto gaps = [&](const GroupedLabels& labels) {
      return statistics::largest_gaps(labels.figures(table, {}, attribute_.num_groups()),
                                      eligible_, attribute_.groups.size());
    };
    const auto of_a = gaps(labels_[0]), of_b = gaps(labels_[1]);
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
