#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coverage/tally.h"

namespace medgraft::coverage {

/// The study's results so far, in a JSON file that is rewritten after each condition:
/// {command, versions, machine, intervals: {columns, conditions: {NAME: {sets,
/// replicates, rows}}}, nulls: likewise}.
class Results {
 public:
  /// Reads `path` where it exists. @throws UserError where it is no such file.
  Results(std::filesystem::path path, const std::string& command, int64_t replicates);

  /// Whether a condition is there with as many data sets and replicates.
  bool has(const std::string& name, int64_t sets) const;
  void put(const std::string& name, int64_t sets,
           const std::vector<IntervalTally>& tallies);
  void put(const std::string& name, int64_t sets, const std::vector<NullTally>& tallies);

 private:
  void put_rows(const char* part, const std::string& name, int64_t sets,
                nlohmann::ordered_json rows);

  std::filesystem::path path_;
  int64_t replicates_;
  nlohmann::ordered_json document_;
};

}  // namespace medgraft::coverage
