#include "medgraft/evaluation/share_json.h"

#include <limits>
#include <unordered_set>

#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/wilson.h"

namespace medgraft::evaluation {

nlohmann::json share_json(std::span<const double> successes,
                          std::span<const int64_t> patients, const SplitView& view,
                          const EvaluateOptions& options, const std::string& reason) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto share = statistics::clustered_proportion(successes, patients);
  auto interval = statistics::wilson_interval(share);
  std::string method = share.is_clustered ? "wilson clustered" : "wilson";
  if (options.replicates == 0) {
    interval = {share.value, kNone, kNone};
    method = "none";
  }
  const std::unordered_set<int64_t> distinct(patients.begin(), patients.end());
  return value_json(interval, method, static_cast<int64_t>(successes.size()),
                    static_cast<int64_t>(distinct.size()), view.patients_are_known,
                    reason);
}

}  // namespace medgraft::evaluation
