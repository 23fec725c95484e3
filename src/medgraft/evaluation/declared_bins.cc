#include "medgraft/evaluation/declared_bins.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

bool are_edges(const json& list) {
  if (!list.is_array() || list.empty()) return false;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_number() || !std::isfinite(list[i].get<double>())) return false;
    if (i > 0 && list[i - 1].get<double>() >= list[i].get<double>()) return false;
  }
  return true;
}

bool is_number_or_blank(const std::string& value) {
  const auto number = parse_double(value);
  return value.empty() || (number && std::isfinite(*number));
}

bool holds_numbers(const Predictions& predictions, const std::string& attribute) {
  for (const auto& [name, values] : predictions.attributes) {
    if (name == attribute && !std::ranges::all_of(values, is_number_or_blank)) {
      return false;
    }
  }
  return true;
}

// "40,60"
std::string written(const std::vector<double>& edges) {
  std::string out;
  for (const double edge : edges) {
    out += text(out.empty() ? "" : ",", format_number(edge));
  }
  return out;
}

}  // namespace

Bins read_declared_bins(const std::filesystem::path& run) {
  const auto path = run / "run.json";
  if (!std::filesystem::exists(path)) return {};
  const auto record = json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  require(record.is_object(), path.string(), " is damaged: it is no JSON object");
  const auto dataset = record.value("dataset", json());
  if (!dataset.is_object() || !dataset.contains("attribute_bins")) return {};
  const auto& declared = dataset["attribute_bins"];
  require(declared.is_object(), path.string(),
          " is damaged: dataset.attribute_bins is no object of edges");
  Bins out;
  for (const auto& [name, edges] : declared.items()) {
    require(are_edges(edges), path.string(), " is damaged: dataset.attribute_bins.", name,
            " is no list of ascending numbers");
    out[name] = edges.get<std::vector<double>>();
  }
  return out;
}

Bins declared_bins(const std::vector<const Model*>& models, const Bins& given) {
  std::map<std::string, const Model*> first;
  for (const auto* model : models) {
    for (const auto& [name, edges] : model->bins) {
      if (given.contains(name)) continue;
      const auto [found, is_new] = first.emplace(name, model);
      const auto& others = found->second->bins.at(name);
      require(is_new || others == edges, "the data sets of ", found->second->name,
              " and ", model->name, " cut ", name,
              " at different edges: ", written(others), " and ", written(edges),
              "; --bins ", name, "=EDGE,EDGE... decides");
    }
  }
  Bins out;
  for (const auto& [name, model] : first) {
    const bool numeric = std::ranges::all_of(models, [&](const Model* each) {
      return holds_numbers(each->predictions, name);
    });
    if (numeric) out[name] = model->bins.at(name);
  }
  return out;
}

}  // namespace medgraft::evaluation
