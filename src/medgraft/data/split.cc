#include "medgraft/data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/data/patient_group.h"

namespace medgraft::data {
namespace {

bool is_kept(const SplitOptions& options, Split split) {
  return std::find(options.keep.begin(), options.keep.end(), split) != options.keep.end();
}

void require_shares(const SplitOptions& options) {
  constexpr double kRounding = 1e-6;
  const double sum = options.train + options.val + options.test;
  require(options.train >= 0 && options.val >= 0 && options.test >= 0 &&
              std::abs(sum - 1) < kRounding,
          "the fractions of train, val and test are not negative and add up to 1, got ",
          options.train, ", ", options.val, ", ", options.test);
}

/// A date: a number where it is one, else its text.
struct Date {
  std::optional<double> number;
  std::string text;

  bool operator<(const Date& other) const {
    if (number && other.number && *number != *other.number)
      return *number < *other.number;
    return text < other.text;
  }
};

// @return the groups, earliest first; equal dates in the random order.
std::vector<size_t> order_by_date(const std::vector<PatientGroup>& groups,
                                  const std::vector<std::string>& dates, uint64_t seed) {
  std::vector<Date> latest;
  for (const auto& group : groups) {
    Date last;
    for (const int64_t index : group.cases) {
      const auto& written = dates[static_cast<size_t>(index)];
      require(!written.empty(), "case ", index + 1, " of the manifest has no date");
      last = std::max(last, Date{parse_double(written), written});
    }
    latest.push_back(last);
  }
  auto order = stratified_order(groups, seed);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return latest[a] < latest[b]; });
  return order;
}

// Sets the kept cases' splits. @return the cases that are free to be assigned.
std::vector<int64_t> keep_splits(const Dataset& dataset, const SplitOptions& options,
                                 SplitResult& result) {
  std::unordered_map<std::string_view, Split> kept;
  const auto patient_of = [&](const CaseEntry& entry) -> std::string_view {
    return dataset.info.patients_are_known ? entry.patient : entry.id;
  };
  int64_t in_two = 0;
  for (const auto& entry : dataset.cases) {
    if (!is_kept(options, entry.split)) continue;
    const auto [found, is_new] = kept.emplace(patient_of(entry), entry.split);
    if (!is_new && found->second != entry.split) ++in_two;
  }
  require(in_two == 0, in_two,
          " cases of kept splits are of patients who are in another kept split too; keep "
          "one of the two");
  std::vector<int64_t> free;
  for (size_t i = 0; i < dataset.cases.size(); ++i) {
    const auto& entry = dataset.cases[i];
    if (is_kept(options, entry.split)) {
      result.splits[i] = entry.split;
    } else if (kept.count(patient_of(entry)) > 0) {
      ++result.num_set_aside;
    } else {
      free.push_back(static_cast<int64_t>(i));
    }
  }
  return free;
}

}  // namespace

SplitResult assign_splits(const Dataset& dataset, const SplitOptions& options) {
  require_shares(options);
  SplitResult result;
  result.splits.assign(dataset.cases.size(), Split::kNone);
  const auto free = keep_splits(dataset, options, result);
  const auto groups = group_by_patient(dataset, free);
  const auto share = [&](double fraction) {
    return static_cast<size_t>(
        std::llround(fraction * static_cast<double>(groups.size())));
  };
  const size_t num_val = share(options.val);
  const size_t num_test = std::min(share(options.test), groups.size() - num_val);
  const size_t num_train = groups.size() - num_val - num_test;

  const auto assign = [&](const std::vector<size_t>& order, size_t first, size_t count,
                          Split split) {
    for (size_t i = first; i < first + count; ++i) {
      for (const int64_t index : groups[order[i]].cases) {
        result.splits[static_cast<size_t>(index)] = split;
      }
    }
  };
  if (options.dates) {
    const auto order = order_by_date(groups, *options.dates, options.seed);
    assign(order, 0, num_train, Split::kTrain);
    assign(order, num_train, num_val, Split::kVal);
    assign(order, num_train + num_val, num_test, Split::kTest);
    return result;
  }
  // The small parts come first: the beginning of the order has every stratum.
  const auto order = stratified_order(groups, options.seed);
  assign(order, 0, num_val, Split::kVal);
  assign(order, num_val, num_test, Split::kTest);
  assign(order, num_val + num_test, num_train, Split::kTrain);
  return result;
}

void write_splits(const Dataset& dataset, const std::vector<Split>& splits) {
  CsvReader rows(dataset.info.manifest);
  std::vector<std::string> row;
  rows.next(row);
  const CsvHeader header(row, rows.name());
  const auto column = header.find("split").value_or(row.size());
  if (column == row.size()) row.push_back("split");
  AtomicFile file(dataset.info.manifest);
  CsvWriter csv;
  const auto write = [&] {
    for (const auto& value : row) csv.field(value);
    csv.end_row();
    file.write(csv.take());
  };
  write();
  size_t image = 0;
  while (rows.next(row)) {
    const auto index = static_cast<size_t>(dataset.images.at(image++).case_index);
    if (column == row.size()) row.emplace_back();
    row[column] = to_string(splits[index]);
    write();
  }
  require(image == dataset.images.size(), rows.name(), " changed while it was split");
  file.commit();
}

std::vector<std::string> read_case_column(const Dataset& dataset,
                                          const std::string& column) {
  CsvReader rows(dataset.info.manifest);
  std::vector<std::string> row;
  rows.next(row);
  const auto at = CsvHeader(row, rows.name()).at(column);
  std::vector<std::string> values(dataset.cases.size());
  for (size_t image = 0; rows.next(row); ++image) {
    auto& value = values[static_cast<size_t>(dataset.images.at(image).case_index)];
    if (value.empty()) value = row[at];
  }
  return values;
}

}  // namespace medgraft::data
