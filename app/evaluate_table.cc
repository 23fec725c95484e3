#include "evaluate_table.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/evaluation/metric.h"

namespace medgraft::app {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

std::string figure(const json& value, const char* key) {
  return value[key].is_null() ? "-" : format_fixed(value[key], 3);
}

std::string interval(const json& value) {
  return text("[", figure(value, "ci_low"), ", ", figure(value, "ci_high"), "]");
}

// p as papers print it: 0.000 is no probability.
std::string p_text(const json& p) {
  if (p.is_null()) return "-";
  return p.get<double>() < 0.001 ? "<0.001" : format_fixed(p, 3);
}

// Columns as wide as what they hold; the first `num_left` are aligned to the left.
void print_columns(const std::vector<Row>& rows, size_t num_left) {
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - row[i].size(), ' ');
      line += (i > 0 ? "  " : "") + (i < num_left ? row[i] + pad : pad + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  }
}

// What a reader came for first: test, then other hospitals, then what models were chosen
// on.
int place_of(const std::string& split) {
  if (split == "test") return 0;
  if (split == "val") return 2;
  return split == "train" ? 3 : 1;
}

std::vector<std::string> split_order(const json& splits) {
  std::vector<std::string> order;
  for (const auto& [split, scores] : splits.items()) order.push_back(split);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return place_of(a) < place_of(b);
  });
  return order;
}

// Rows of one split stay as they are.
json in_reading_order(json rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const json& a, const json& b) {
    return place_of(a["split"].get<std::string>()) <
           place_of(b["split"].get<std::string>());
  });
  return rows;
}

bool is_for_choosing(const json& row) {
  return place_of(row["split"].get<std::string>()) >= 2;
}

void print_models(const json& models) {
  std::vector<Row> rows = {
      {"model", "split", "metric", "value", "95% interval", "cases"}};
  for (const auto& [model, content] : models.items()) {
    for (const auto& split : split_order(content["splits"])) {
      const auto& metrics = content["splits"][split]["metrics"];
      for (const auto metric : evaluation::all_metrics()) {
        const auto value = metrics.find(evaluation::name_of(metric));
        if (value == metrics.end()) continue;
        rows.push_back({model, split, value.key(), figure(*value, "value"),
                        interval(*value), (*value)["n_cases"].dump()});
      }
    }
  }
  print_columns(rows, 3);
}

void print_cells(const json& cells, size_t num_models) {
  std::vector<Row> rows = {
      {"cell", "split", "metric", "mean", "95% interval", "seeds", "cases"}};
  for (const auto& cell : in_reading_order(cells)) {
    rows.push_back({cell["name"], cell["split"], cell["metric"], figure(cell, "value"),
                    interval(cell), cell["n_seeds"].dump(), cell["n_cases"].dump()});
  }
  print_columns(rows, 3);
  std::printf("means over seeds; the %zu models' own figures are in the file%s\n",
              num_models,
              std::any_of(cells.begin(), cells.end(),
                          [](const json& cell) { return cell["n_seeds"] == 1; })
                  ? "; one seed supports no claim about arms"
                  : "");
}

void print_comparisons(const json& comparisons) {
  std::vector<Row> rows = {{"difference", "split", "metric", "test", "verdict", "a - b",
                            "95% interval", "p", "p (Holm)", "detectable"}};
  const auto num_hidden =
      std::count_if(comparisons.begin(), comparisons.end(), is_for_choosing);
  const bool hides = num_hidden < static_cast<int64_t>(comparisons.size());
  for (const auto& row : in_reading_order(comparisons)) {
    if (hides && is_for_choosing(row)) continue;
    rows.push_back({text(row["a"].get<std::string>(), " - ", row["b"].get<std::string>()),
                    row["split"], row["metric"], row["test"],
                    row["verdict"].is_null() ? "-" : row["verdict"].get<std::string>(),
                    figure(row, "difference"), interval(row), p_text(row["p"]),
                    p_text(row["p_adjusted"]), figure(row, "minimum_detectable")});
  }
  std::printf("\n");
  print_columns(rows, 5);
  std::printf("detectable: the smallest true difference found with 80%% power at 5%%\n");
  if (hides && num_hidden > 0) {
    std::printf("%td comparisons on validation or training cases are in the file only\n",
                num_hidden);
  }
}

}  // namespace

void print_evaluation(const json& document) {
  if (document["cells"].empty()) {
    print_models(document["models"]);
  } else {
    print_cells(document["cells"], document["models"].size());
  }
  if (!document["comparisons"].empty()) print_comparisons(document["comparisons"]);
}

}  // namespace medgraft::app
