#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace medgraft::train {

/// The growing files of a run directory: metrics.jsonl, the TensorBoard events, log.txt.
/// Every line is on its way to the disk when the call returns; a resume cuts the files
/// back to the lengths that the checkpoint recorded, so that no step has two lines.
class RunWriter {
 public:
  explicit RunWriter(std::filesystem::path folder);

  /// Appends one line of metrics.jsonl and the same figures as TensorBoard scalars.
  void step(const nlohmann::json& record);
  void evaluation(int64_t step, const std::string& split,
                  const std::map<std::string, double>& metrics);
  /// Appends a line to log.txt, with the time.
  void log(const std::string& line);

  /// Waits until every line is on the disk: before a checkpoint counts on them.
  void sync() const;
  /// File name to length in bytes, for the checkpoint.
  std::map<std::string, int64_t> lengths() const;
  /// Cuts each growing file to its recorded length; those without one are emptied.
  void cut_back(const std::map<std::string, int64_t>& lengths);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  void append(const std::string& file, const std::string& bytes);
  void scalar(int64_t step, const std::string& tag, double value);
  std::string event_file();

  std::filesystem::path folder_;
  std::string event_file_;
};

}  // namespace medgraft::train
