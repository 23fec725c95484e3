#include "coverage/results.h"

#include <cmath>
#include <sstream>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/version.h"

namespace medgraft::coverage {
namespace {

using json = nlohmann::ordered_json;

// Four decimals are below the Monte Carlo error of any feasible number of sets.
json rounded(double value) {
  return std::isfinite(value) ? json(std::round(value * 1e4) / 1e4) : json();
}

// One row a line, so that changes can be read.
std::string lines(const json& document) {
  std::ostringstream out;
  out << "{\n";
  for (const char* key : {"command", "versions"}) {
    out << json(key) << ": " << document[key] << ",\n";
  }
  for (const char* part : {"intervals", "nulls"}) {
    out << json(part) << ": {\n\"columns\": " << document[part]["columns"]
        << ",\n\"conditions\": {";
    const char* separator = "\n";
    for (const auto& [name, condition] : document[part]["conditions"].items()) {
      out << separator << json(name) << ": {\"sets\": " << condition["sets"]
          << ", \"replicates\": " << condition["replicates"] << ", \"rows\": [";
      separator = ",\n";
      const char* comma = "\n";
      for (const auto& row : condition["rows"]) {
        out << comma << row;
        comma = ",\n";
      }
      out << "]}";
    }
    out << "}}" << (part == std::string("intervals") ? ",\n" : "\n");
  }
  out << "}\n";
  return out.str();
}

}  // namespace

Results::Results(std::filesystem::path path, const std::string& command,
                 int64_t replicates)
    : path_(std::move(path)), replicates_(replicates) {
  if (std::filesystem::exists(path_)) {
    document_ = json::parse(read_file(path_), nullptr, false);
    require(document_.contains("intervals") && document_.contains("nulls"),
            path_.string(), " is not the result of a study of coverage");
  } else {
    document_["intervals"] = {{"columns",
                               {"metric", "method", "truth", "undefined", "no_interval",
                                "below", "above", "coverage", "mean_width"}},
                              {"conditions", json::object()}};
    document_["nulls"] = {
        {"columns", {"test", "metric", "undefined", "rejected", "rate"}},
        {"conditions", json::object()}};
  }
  document_["command"] = command;
  document_["versions"] = {{"medgraft", build::kVersion}, {"compiler", build::kCompiler}};
}

bool Results::has(const std::string& name, int64_t sets) const {
  for (const char* part : {"intervals", "nulls"}) {
    const auto& conditions = document_[part]["conditions"];
    if (conditions.contains(name) && conditions[name]["sets"] >= sets &&
        conditions[name]["replicates"] >= replicates_) {
      return true;
    }
  }
  return false;
}

void Results::put(const std::string& name, int64_t sets,
                  const std::vector<IntervalTally>& tallies) {
  json rows = json::array();
  for (const auto& of : tallies) {
    rows.push_back({of.metric, of.method, rounded(of.truth), of.undefined, of.no_interval,
                    of.below, of.above, rounded(of.coverage()),
                    rounded(of.width_sum / static_cast<double>(of.intervals()))});
  }
  put_rows("intervals", name, sets, std::move(rows));
}

void Results::put(const std::string& name, int64_t sets,
                  const std::vector<NullTally>& tallies) {
  json rows = json::array();
  for (const auto& of : tallies) {
    rows.push_back(
        {of.test, of.metric, of.undefined, of.rejected, rounded(of.rejection_rate())});
  }
  put_rows("nulls", name, sets, std::move(rows));
}

void Results::put_rows(const char* part, const std::string& name, int64_t sets,
                       json rows) {
  document_[part]["conditions"][name] = {
      {"sets", sets}, {"replicates", replicates_}, {"rows", std::move(rows)}};
  write_file_atomically(path_, lines(document_));
}

}  // namespace medgraft::coverage
