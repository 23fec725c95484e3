#include "medgraft/evaluation/tidy_table.h"

#include <vector>

#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr const char* kFigures[] = {"value",   "ci_low",     "ci_high", "method",
                                    "n_cases", "n_patients", "reason"};

bool is_value(const json& node) {
  return node.is_object() && node.contains("value") && node.contains("ci_low");
}

std::string plain(const json& item) {
  return item.is_null()     ? std::string()
         : item.is_string() ? item.get<std::string>()
                            : item.dump();
}

class Table {
 public:
  Table() {
    for (const char* name : {"model", "split", "section", "label", "metric"}) {
      out_.field(name);
    }
    for (const char* name : kFigures) out_.field(name);
    out_.end_row();
  }

  /// Every VALUE below `node`, in the split's key `path`[0] and on.
  void walk(const std::string& model, const std::string& split, const json& node,
            std::vector<std::string>& path) {
    if (is_value(node)) {
      row(model, split, path, node);
      return;
    }
    if (!node.is_structured()) return;
    size_t index = 0;
    for (const auto& [key, child] : node.items()) {
      path.push_back(node.is_array() ? text(index++) : key);
      walk(model, split, child, path);
      path.pop_back();
    }
  }

  void row(const std::string& model, const std::string& split,
           const std::vector<std::string>& path, const json& value) {
    std::string label;
    for (size_t i = 1; i + 1 < path.size(); ++i) {
      label += (label.empty() ? "" : "/") + path[i];
    }
    out_.field(model).field(split).field(path.front()).field(label);
    out_.field(path.size() > 1 ? path.back() : std::string());
    for (const char* key : kFigures) out_.field(plain(value.value(key, json())));
    out_.end_row();
  }

  std::string text_of() const { return out_.text(); }

 private:
  CsvWriter out_;
};

}  // namespace

std::string tidy_table(const json& document) {
  Table table;
  std::vector<std::string> path;
  for (const auto& [model, content] : document.at("models").items()) {
    for (const auto& [split, sections] : content.at("splits").items()) {
      table.walk(model, split, sections, path);
    }
  }
  for (const auto& cell : document.at("cells")) {
    table.row(cell.at("name"), cell.at("split"), {"cells", "", cell.at("metric")}, cell);
  }
  for (const auto& entry : document.at("comparisons")) {
    table.row(
        text(entry.at("a").get<std::string>(), " - ", entry.at("b").get<std::string>()),
        entry.at("split"),
        {"comparisons", plain(entry.at("verdict")), entry.at("metric")},
        {{"value", entry.at("difference")},
         {"ci_low", entry.at("ci_low")},
         {"ci_high", entry.at("ci_high")},
         {"method", entry.at("test")}});
  }
  return table.text_of();
}

}  // namespace medgraft::evaluation
