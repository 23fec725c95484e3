#include "medgraft/evaluation/corruption_section.h"

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <unordered_set>

#include "medgraft/evaluation/detection_section.h"
#include "medgraft/evaluation/joint_patients.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

// Name of a corruption to its severities, each with its place among the views.
using Copies = std::map<std::string, std::map<std::string, size_t>>;

bool has_same_cases(const SplitView& id, const SplitView& ood) {
  const auto& cases = id.predictions->cases;
  std::unordered_set<std::string> known;
  for (const int64_t row : id.rows) known.insert(cases[static_cast<size_t>(row)]);
  for (const int64_t row : ood.rows) {
    if (!known.contains(cases[static_cast<size_t>(row)])) return false;
  }
  return !ood.rows.empty();
}

class Corruptions {
 public:
  Corruptions(const SplitView& id, const std::vector<const SplitView*>& copies,
              const Copies& places, const EvaluateOptions& options)
      : places_(places), views_{&id} {
    views_.insert(views_.end(), copies.begin(), copies.end());
    const JointPatients joint(views_);
    std::vector<Scorer> scorers;
    for (size_t v = 0; v < views_.size(); ++v) {
      scorers.emplace_back(*views_[v]->predictions, views_[v]->rows, joint.of(v),
                           views_[v]->thresholds);
    }
    ScoreRequest request{
        {}, {Metric::kBalancedAccuracy}, joint.num_patients(), options.threads};
    for (const auto& scorer : scorers) {
      request.scorers.push_back(&scorer);
      estimates_.push_back(1 - scorer.score(Metric::kBalancedAccuracy, {}));
    }
    if (options.replicates == 0) return;
    const auto table = score_weightings(request, options.replicates,
                                        [&](int64_t index, std::span<uint16_t> counts) {
                                          joint.draw(options.seed, index, counts);
                                        });
    for (int64_t b = 0; b < options.replicates; ++b) {
      for (size_t v = 0; v < scorers.size(); ++v) {
        replicates_.push_back(1 - table.at(b, v, 0));
      }
    }
  }

  json to_json() const {
    json out = {{"measure", "balanced_error"}, {"clean", mean_json({0}, false)}};
    std::vector<size_t> all;
    for (const auto& [name, severities] : places_) {
      auto& entry = out["by_corruption"][name];
      std::vector<size_t> own;
      for (const auto& [severity, place] : severities) {
        entry["by_severity"][severity] = mean_json({place}, false);
        own.push_back(place);
      }
      entry["mean"] = mean_json(own, false);
      entry["increase"] = mean_json(own, true);
      all.insert(all.end(), own.begin(), own.end());
    }
    out["mean"] = mean_json(all, false);
    out["increase"] = mean_json(all, true);
    return out;
  }

 private:
  // Over the views at these places; `over_clean` subtracts the clean error.
  json mean_json(const std::vector<size_t>& places, bool over_clean) const {
    const auto mean = [&](const double* values) {
      double sum = 0;
      for (const size_t place : places) sum += values[place];
      return sum / static_cast<double>(places.size()) - (over_clean ? values[0] : 0);
    };
    std::vector<double> values;
    for (size_t at = 0; at < replicates_.size(); at += views_.size()) {
      values.push_back(mean(replicates_.data() + at));
    }
    const double estimate = mean(estimates_.data());
    const bool has_interval = !values.empty() && !std::isnan(estimate);
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    const auto interval =
        has_interval ? statistics::percentile_interval(estimate, std::move(values))
                     : statistics::Interval{estimate, kUnknown, kUnknown};
    return value_json(interval, has_interval ? "bootstrap percentile" : "none",
                      views_[places[0]]->num_cases(), views_[0]->num_patients,
                      views_[0]->patients_are_known);
  }

  const Copies& places_;
  std::vector<const SplitView*> views_;  // The clean one first.
  std::vector<double> estimates_;        // [views]
  std::vector<double> replicates_;       // [replicates, views]
};

}  // namespace

json corruptions_json(const SplitView& id, const std::vector<SplitView>& ood,
                      const EvaluateOptions& options) {
  Copies places;
  std::vector<const SplitView*> copies;
  for (const auto& view : ood) {
    const auto name = ood_name(view.split);
    const auto size = name.size();
    const bool is_named = size > 2 && name[size - 2] == '-' && name[size - 1] >= '1' &&
                          name[size - 1] <= '5';
    if (!is_named || !has_same_cases(id, view)) continue;
    copies.push_back(&view);
    places[name.substr(0, size - 2)][name.substr(size - 1)] = copies.size();
  }
  if (copies.empty()) return json::object();
  return Corruptions(id, copies, places, options).to_json();
}

}  // namespace medgraft::evaluation
