#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace medgraft::study {

enum class RunStatus { kPending, kRunning, kDone, kFailed };

/// @return "pending", "running", "done" or "failed".
std::string to_string(RunStatus status);

/// The validation score of the weights that a run kept.
struct BestScore {
  std::string split, metric;
  double value = 0;
  int64_t step = 0;
};

/// What run.json says.
struct RunRecord {
  RunStatus status =
      RunStatus::kPending;              ///< Pending where there is no readable run.json.
  std::string reason;                   ///< Why it failed; empty otherwise.
  std::string id, command, start, end;  ///< Times in ISO 8601, empty if unknown.
  std::optional<BestScore> best;
  double wall_seconds = 0;  ///< From start to end; 0 if either is unknown.
  nlohmann::json values;    ///< All of run.json; null where there is none.
};

/// One training line of metrics.jsonl. What a line does not state is NaN.
struct LossPoint {
  int64_t step = 0;
  double epoch = 0, seconds = 0, lr = 0, loss = 0, images_per_second = 0;
};

/// One evaluation line of metrics.jsonl.
struct EvaluationPoint {
  int64_t step = 0;
  std::string split;
  std::map<std::string, double> metrics;  ///< Only those that were defined.
};

/// metrics.jsonl in the order of its lines.
struct RunCurve {
  std::vector<LossPoint> losses;
  std::vector<EvaluationPoint> evaluations;
  double training_seconds = 0;  ///< Of the last line that states them.
};

/// Reads `folder`/run.json. Never throws for what a killed run may leave behind: a
/// missing, truncated or foreign file is a pending run.
RunRecord read_run_record(const std::filesystem::path& folder);

/// Reads `folder`/metrics.jsonl; lines that are not whole JSON objects are skipped.
RunCurve read_run_curve(const std::filesystem::path& folder);

/// @return the predictions that exist, by split: "val", "test", "ood-NAME".
std::map<std::string, std::filesystem::path> prediction_files(
    const std::filesystem::path& folder);

/// @return seconds from `start` to `end`, both "2026-11-23T18:00:00Z"; nothing if either
/// is not such a time.
std::optional<double> seconds_between(const std::string& start, const std::string& end);

}  // namespace medgraft::study
