#include "medgraft/evaluation/patients.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

using RowOfCase = std::unordered_map<std::string_view, int64_t>;

RowOfCase index_cases(const Predictions& file, const std::vector<int64_t>& rows,
                      const std::string& name) {
  RowOfCase index;
  index.reserve(rows.size());
  for (const int64_t row : rows) {
    const auto& id = file.cases[static_cast<size_t>(row)];
    const auto [found, is_new] = index.emplace(id, row);
    if (is_new) continue;
    throw UserError(text(name, " has a case twice in one split (rows ", found->second + 2,
                         " and ", row + 2, "); one row a case is accepted"));
  }
  return index;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void require_same_labels(const Predictions& a, int64_t row_a, const Predictions& b,
                         int64_t row_b, const std::string& names) {
  const auto columns = static_cast<size_t>(a.multiclass ? 1 : a.num_columns());
  for (size_t k = 0; k < columns; ++k) {
    if (same(a.labels[static_cast<size_t>(row_a) * columns + k],
             b.labels[static_cast<size_t>(row_b) * columns + k])) {
      continue;
    }
    throw UserError(text(names, " state different labels for the same case (rows ",
                         row_a + 2, " and ", row_b + 2,
                         "); the truth is the same for all models"));
  }
}

// Files without patients may be compared with files that know them.
void require_same_patient(const Predictions& a, int64_t row_a, const Predictions& b,
                          int64_t row_b, const std::string& names) {
  if (a.patients.empty() || b.patients.empty()) return;
  if (a.patients[static_cast<size_t>(row_a)] == b.patients[static_cast<size_t>(row_b)]) {
    return;
  }
  throw UserError(text(names, " state different patients for the same case (rows ",
                       row_a + 2, " and ", row_b + 2, "); a case is of one patient"));
}

void require_same_task(const Predictions& a, const Predictions& b,
                       const std::string& names) {
  constexpr const char* kAccepted = "; models of one task are compared";
  require(a.multiclass == b.multiclass, names,
          ": one has several classes, the other separate labels", kAccepted);
  for (const auto& [one, other, which] :
       {std::tuple{&a.names, &b.names, "first"}, {&b.names, &a.names, "second"}}) {
    for (const auto& name : *one) {
      require(std::find(other->begin(), other->end(), name) != other->end(), names,
              " have different labels: only the ", which, " has ", name, kAccepted);
    }
  }
  require(a.names == b.names, names,
          " have their labels in different orders; the columns of all files follow one");
}

// @return of each of `rows`, the row of `file` that is the same case.
std::vector<int64_t> rows_of_cases(const Predictions& first,
                                   const std::vector<int64_t>& rows,
                                   const RowOfCase& index, const std::string& names) {
  std::vector<int64_t> out;
  for (const int64_t row : rows) {
    const auto found = index.find(first.cases[static_cast<size_t>(row)]);
    if (found != index.end()) out.push_back(found->second);
  }
  require(out.size() == rows.size() && out.size() == index.size(), names, ": ",
          "cases in the first only: ", rows.size() - out.size(),
          ", in the second only: ", index.size() - out.size(), ", in both: ", out.size(),
          "; models are compared on the same cases");
  return out;
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
    require_same_task(first, *files[f], pair);
    const auto index = index_cases(*files[f], rows[f], names[f]);
    out.rows.push_back(rows_of_cases(first, rows[0], index, pair));
    for (size_t i = 0; i < rows[0].size(); ++i) {
      require_same_labels(first, rows[0][i], *files[f], out.rows[f][i], pair);
      require_same_patient(first, rows[0][i], *files[f], out.rows[f][i], pair);
    }
  }
  out.patients_are_known = !first.patients.empty() &&
                           std::none_of(rows[0].begin(), rows[0].end(), [&](int64_t row) {
                             return first.patients[static_cast<size_t>(row)].empty();
                           });
  std::unordered_map<std::string_view, int64_t> patients;
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
