#include "medgraft/evaluation/patients.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

using RowOfCase = std::unordered_map<std::string, int64_t>;

RowOfCase index_cases(const Predictions& file, const std::vector<int64_t>& rows,
                      const std::string& name) {
  RowOfCase index;
  for (const int64_t row : rows) {
    const auto& id = file.cases[static_cast<size_t>(row)];
    const auto [found, is_new] = index.emplace(id, row);
    require(is_new, name, " has a case twice in one split (rows ", found->second + 2,
            " and ", row + 2, "); one row a case is accepted");
  }
  return index;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void require_same_labels(const Predictions& a, int64_t row_a, const Predictions& b,
                         int64_t row_b, const std::string& names) {
  const auto columns = static_cast<size_t>(a.multiclass ? 1 : a.num_columns());
  for (size_t k = 0; k < columns; ++k) {
    require(same(a.labels[static_cast<size_t>(row_a) * columns + k],
                 b.labels[static_cast<size_t>(row_b) * columns + k]),
            names, " state different labels for the same case (rows ", row_a + 2, " and ",
            row_b + 2, ")");
  }
}

}  // namespace

std::vector<int64_t> rows_of_split(const Predictions& predictions,
                                   const std::string& split) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < predictions.num_cases(); ++i) {
    if (predictions.splits[static_cast<size_t>(i)] == split) rows.push_back(i);
  }
  return rows;
}

AlignedRows align(const std::vector<const Predictions*>& files,
                  const std::vector<std::vector<int64_t>>& rows,
                  const std::vector<std::string>& names) {
  const auto& first = *files.front();
  AlignedRows out;
  for (size_t f = 0; f < files.size(); ++f) {
    const auto pair = text(names[0], " and ", names[f]);
    require(files[f]->names == first.names && files[f]->multiclass == first.multiclass,
            pair, " have different labels or classes; compare models of one task");
    require(rows[f].size() == rows[0].size(), pair, " have ", rows[0].size(), " and ",
            rows[f].size(), " cases; the same cases are needed");
    const auto index = index_cases(*files[f], rows[f], names[f]);
    auto& aligned = out.rows.emplace_back();
    for (const int64_t row : rows[0]) {
      const auto found = index.find(first.cases[static_cast<size_t>(row)]);
      require(found != index.end(), names[f], " lacks a case of ", names[0], " (row ",
              row + 2, "); the same cases are needed");
      require_same_labels(first, row, *files[f], found->second, pair);
      aligned.push_back(found->second);
    }
  }
  out.patients_are_known = !first.patients.empty() &&
                           std::none_of(rows[0].begin(), rows[0].end(), [&](int64_t row) {
                             return first.patients[static_cast<size_t>(row)].empty();
                           });
  std::unordered_map<std::string, int64_t> patients;
  for (const int64_t row : rows[0]) {
    if (!out.patients_are_known) {
      out.patient_index.push_back(out.num_patients++);
      continue;
    }
    const auto [found, is_new] =
        patients.emplace(first.patients[static_cast<size_t>(row)], out.num_patients);
    out.num_patients += is_new;
    out.patient_index.push_back(found->second);
  }
  return out;
}

}  // namespace medgraft::evaluation
