#include "compute_predictions.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/data/targets.h"

namespace medgraft::app {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

void append_row(std::vector<double>& out, const at::Tensor& matrix, int64_t row) {
  const auto values = matrix.accessor<double, 2>();
  for (int64_t k = 0; k < values.size(1); ++k) out.push_back(values[row][k]);
}

void append_features(evaluation::Predictions& out, const at::Tensor& features) {
  const auto values = features.contiguous();
  const auto* first = values.data_ptr<float>();
  out.features.insert(out.features.end(), first, first + values.numel());
  for (auto d = std::ssize(out.feature_names); d < values.numel(); ++d) {
    out.feature_names.push_back(std::to_string(d));
  }
}

// 0 or 1 where the data set's policy makes it so, else as stated: -1, or blank.
double label_of(const data::CaseEntry& entry, const std::vector<data::Target>& stated,
                size_t column) {
  return stated[column].weight > 0 ? stated[column].value : entry.labels[column];
}

}  // namespace

evaluation::Predictions to_predictions(
    const data::Dataset& dataset, const std::vector<int64_t>& cases,
    const train::CasePredictions& predicted, const std::vector<std::string>& outputs,
    const std::map<std::string, std::string>& label_map, const std::string& split,
    bool with_logits) {
  const auto& info = dataset.info;
  const data::Targets targets(info);
  evaluation::Predictions out;
  out.multiclass = info.kind == data::Kind::kMulticlass;
  out.names = outputs;
  for (const auto& attribute : info.attributes)
    out.attributes.push_back({attribute.name, {}});

  std::vector<int64_t> columns;  // The data set's label behind each output; -1: none.
  for (const auto& output : outputs) {
    const auto mapped = label_map.find(output);
    const auto& name = mapped == label_map.end() ? output : mapped->second;
    const auto found = std::find(info.labels.begin(), info.labels.end(), name);
    columns.push_back(found == info.labels.end() ? -1 : found - info.labels.begin());
  }

  for (size_t i = 0; i < cases.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (std::isnan(predicted.probabilities[row][0].item<double>())) continue;
    const auto& entry = dataset.cases[static_cast<size_t>(cases[i])];
    out.cases.push_back(entry.id);
    out.patients.push_back(entry.patient);
    out.splits.push_back(split);
    out.sites.push_back(entry.site);
    for (size_t a = 0; a < out.attributes.size(); ++a) {
      out.attributes[a].second.push_back(a < entry.attributes.size() ? entry.attributes[a]
                                                                     : "");
    }
    append_row(out.probabilities, predicted.probabilities, row);
    if (with_logits) append_row(out.logits, predicted.logits, row);
    if (predicted.features.defined()) append_features(out, predicted.features[row]);
    if (out.multiclass) {
      const auto own = entry.labels.empty() ? kUnknown : double{entry.labels[0]};
      const auto output = std::find(columns.begin(), columns.end(),
                                    std::isnan(own) ? -2 : static_cast<int64_t>(own));
      out.labels.push_back(output == columns.end()
                               ? kUnknown
                               : static_cast<double>(output - columns.begin()));
    } else {
      const auto stated = targets.for_metrics(entry);
      for (const int64_t column : columns) {
        out.labels.push_back(
            column < 0 ? kUnknown : label_of(entry, stated, static_cast<size_t>(column)));
      }
    }
  }
  if (!info.patients_are_known) out.patients.clear();
  return out;
}

std::vector<int64_t> external_cases(const data::Dataset& dataset) {
  auto cases = dataset.cases_of(data::Split::kTest);
  for (int64_t i = 0; cases.empty() && i < std::ssize(dataset.cases); ++i) {
    cases.push_back(i);
  }
  return cases;
}

std::map<std::string, std::string> parse_label_map(
    const std::vector<std::string>& written, const std::vector<std::string>& outputs,
    const data::DatasetInfo& info) {
  std::map<std::string, std::string> map;
  const auto check = [](const std::string& item, const std::string& name,
                        const std::vector<std::string>& known, const std::string& where) {
    require(std::find(known.begin(), known.end(), name) != known.end(), "--labels ", item,
            ": ", where, " has no label \"", name, "\"", hint(name, known));
  };
  for (const auto& item : written) {
    const auto equals = item.find('=');
    require(equals != std::string::npos, "--labels ", item,
            " is not of the form model_label=column");
    const auto label = item.substr(0, equals), column = item.substr(equals + 1);
    check(item, label, outputs, "the network");
    check(item, column, info.labels, info.name);
    require(map.emplace(label, column).second, "--labels names ", label, " twice");
  }
  return map;
}

void append_rows(evaluation::Predictions& to, const evaluation::Predictions& from) {
  const auto extend = [](auto& a, const auto& b) {
    a.insert(a.end(), b.begin(), b.end());
  };
  extend(to.cases, from.cases);
  extend(to.patients, from.patients);
  extend(to.splits, from.splits);
  extend(to.sites, from.sites);
  for (size_t i = 0; i < to.attributes.size(); ++i) {
    extend(to.attributes[i].second, from.attributes[i].second);
  }
  extend(to.labels, from.labels);
  extend(to.probabilities, from.probabilities);
  extend(to.logits, from.logits);
  extend(to.features, from.features);
}

}  // namespace medgraft::app
