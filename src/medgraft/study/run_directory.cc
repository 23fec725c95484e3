#include "medgraft/study/run_directory.h"

#include <cmath>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr uintmax_t kMaximumRecordBytes = uintmax_t{64} << 20;

// Null where the file is missing, cut short, too large or not JSON.
json read_json(const fs::path& file) {
  std::error_code status;
  const auto size = fs::file_size(file, status);
  if (status || size > kMaximumRecordBytes) return nullptr;
  std::ifstream stream(file, std::ios::binary);
  auto values = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  return values.is_object() ? values : json();
}

std::string text_of(const json& table, const char* key) {
  const auto found = table.find(key);
  return found != table.end() && found->is_string() ? found->get<std::string>() : "";
}

double number_of(const json& table, const char* key) {
  const auto found = table.find(key);
  return found != table.end() && found->is_number() ? found->get<double>() : kNan;
}

RunStatus status_of(const std::string& name) {
  if (name == "running") return RunStatus::kRunning;
  if (name == "done") return RunStatus::kDone;
  if (name == "failed") return RunStatus::kFailed;
  return RunStatus::kPending;
}

std::optional<BestScore> best_of(const json& values) {
  const auto best = values.find("best");
  if (best == values.end() || !best->is_object()) return std::nullopt;
  const double value = number_of(*best, "value"), step = number_of(*best, "step");
  if (std::isnan(value)) return std::nullopt;
  return BestScore{text_of(*best, "split"), text_of(*best, "metric"), value,
                   std::isnan(step) ? 0 : static_cast<int64_t>(step)};
}

void add_line(const json& line, RunCurve& curve) {
  const double step = number_of(line, "step"), seconds = number_of(line, "seconds");
  if (std::isnan(step)) return;
  if (!std::isnan(seconds)) curve.training_seconds = seconds;
  const auto metrics = line.find("metrics");
  if (metrics != line.end() && metrics->is_object()) {
    EvaluationPoint point{static_cast<int64_t>(step), text_of(line, "split"), {}};
    for (const auto& [name, value] : metrics->items()) {
      if (value.is_number()) point.metrics[name] = value.get<double>();
    }
    curve.evaluations.push_back(std::move(point));
  } else if (line.contains("loss")) {
    curve.losses.push_back({static_cast<int64_t>(step), number_of(line, "epoch"), seconds,
                            number_of(line, "lr"), number_of(line, "loss"),
                            number_of(line, "images_per_second")});
  }
}

std::optional<std::time_t> parse_time(const std::string& time) {
  std::tm parts{};
  const char* end = strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (!end || *end) return std::nullopt;
  return timegm(&parts);
}

}  // namespace

std::string to_string(RunStatus status) {
  switch (status) {
    case RunStatus::kPending:
      return "pending";
    case RunStatus::kRunning:
      return "running";
    case RunStatus::kDone:
      return "done";
    case RunStatus::kFailed:
      return "failed";
  }
  return "pending";
}

std::optional<double> seconds_between(const std::string& start, const std::string& end) {
  const auto first = parse_time(start), last = parse_time(end);
  if (!first || !last) return std::nullopt;
  return std::difftime(*last, *first);
}

RunRecord read_run_record(const fs::path& folder) {
  RunRecord record;
  record.values = read_json(folder / "run.json");
  if (record.values.is_null()) return record;
  record.status = status_of(text_of(record.values, "status"));
  record.reason = text_of(record.values, "reason");
  record.id = text_of(record.values, "id");
  record.command = text_of(record.values, "command");
  record.start = text_of(record.values, "start");
  record.end = text_of(record.values, "end");
  record.best = best_of(record.values);
  record.wall_seconds = seconds_between(record.start, record.end).value_or(0);
  return record;
}

RunCurve read_run_curve(const fs::path& folder) {
  RunCurve curve;
  std::ifstream stream(folder / "metrics.jsonl", std::ios::binary);
  std::string line;
  while (std::getline(stream, line)) {
    const auto values = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (values.is_object()) add_line(values, curve);
  }
  return curve;
}

std::map<std::string, fs::path> prediction_files(const fs::path& folder) {
  constexpr std::string_view kPrefix = "predictions_", kSuffix = ".csv";
  std::map<std::string, fs::path> files;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    if (name.size() <= kPrefix.size() + kSuffix.size()) continue;
    files[name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size())] =
        entry.path();
  }
  return files;
}

}  // namespace medgraft::study
