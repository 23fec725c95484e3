#include "medgraft/data/split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/rng.h"
#include "medgraft/data/audit.h"
#include "medgraft/data/patient_group.h"
#include "medgraft/data/stratify.h"

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

// "2020-01", "2020-01-31", "2020-01-31T12:00": text order is time order.
bool is_iso_date(std::string_view written) {
  constexpr std::string_view kPattern = "0000-00";
  if (written.size() < kPattern.size()) return false;
  for (size_t i = 0; i < kPattern.size(); ++i) {
    const bool is_digit = written[i] >= '0' && written[i] <= '9';
    if (kPattern[i] == '-' ? written[i] != '-' : !is_digit) return false;
  }
  return true;
}

// @return for each case of `cases` its date's rank among `dates`.
std::vector<int64_t> rank_dates(const Dataset& dataset, const std::vector<int64_t>& cases,
                                const std::vector<std::string>& dates) {
  bool all_numbers = true, all_iso = true;
  for (const int64_t index : cases) {
    const auto& written = dates[static_cast<size_t>(index)];
    const auto& entry = dataset.cases[static_cast<size_t>(index)];
    const auto line = dataset.images[static_cast<size_t>(entry.images.front())].line;
    require(!written.empty(), dataset.info.manifest.string(), ":", line, " has no date");
    all_numbers = all_numbers && parse_double(written).has_value();
    all_iso = all_iso && is_iso_date(written);
    require(all_numbers || all_iso, dataset.info.manifest.string(), ":", line,
            ": dates are ISO 8601 (2020-01-31) or numbers, the same throughout; got \"",
            written, "\"");
  }
  const auto less = [&](const std::string& a, const std::string& b) {
    return all_numbers ? *parse_double(a) < *parse_double(b) : a < b;
  };
  std::vector<std::string> sorted;
  for (const int64_t index : cases) sorted.push_back(dates[static_cast<size_t>(index)]);
  std::sort(sorted.begin(), sorted.end(), less);
  std::vector<int64_t> ranks(dates.size());
  for (const int64_t index : cases) {
    const auto& written = dates[static_cast<size_t>(index)];
    ranks[static_cast<size_t>(index)] =
        std::lower_bound(sorted.begin(), sorted.end(), written, less) - sorted.begin();
  }
  return ranks;
}

// @return the part of each group: the earliest train, the latest test; chance parts the
// patients of one date.
std::vector<size_t> part_by_date(const std::vector<PatientGroup>& groups,
                                 const std::vector<int64_t>& ranks,
                                 const std::array<int64_t, 3>& sizes, uint64_t seed) {
  std::vector<std::tuple<int64_t, uint64_t, size_t>> order;
  for (size_t i = 0; i < groups.size(); ++i) {
    int64_t latest = 0;
    for (const int64_t index : groups[i].cases) {
      latest = std::max(latest, ranks[static_cast<size_t>(index)]);
    }
    order.emplace_back(latest, mix_key({seed, groups[i].key}), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<size_t> parts(groups.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const auto place = static_cast<int64_t>(i);
    parts[std::get<2>(order[i])] = place < sizes[0]              ? 0
                                   : place < sizes[0] + sizes[1] ? 1
                                                                 : 2;
  }
  return parts;
}

// @return the numbers of train, val and test: shares of `total` rounded up or down, by
// the largest remainders.
std::array<int64_t, 3> sizes_of(const SplitOptions& options, size_t total) {
  constexpr double kRounding = 1e-9;
  std::array<int64_t, 3> sizes{};
  std::array<std::pair<double, size_t>, 3> remainders;
  auto rest = static_cast<int64_t>(total);
  const std::array shares = {options.train, options.val, options.test};
  for (size_t i = 0; i < shares.size(); ++i) {
    const double exact = shares[i] * static_cast<double>(total);
    sizes[i] = static_cast<int64_t>(std::floor(exact + kRounding));
    // Equal remainders: to the smaller part, which lacks it more.
    remainders[i] = {static_cast<double>(sizes[i]) - exact, i == 0 ? 3 : i};
    rest -= sizes[i];
  }
  std::sort(remainders.begin(), remainders.end());
  for (int64_t i = 0; i < rest; ++i) {
    ++sizes[remainders[static_cast<size_t>(i)].second % 3];
  }
  return sizes;
}

// Sets the kept cases' splits. @return the cases that are free to be assigned.
std::vector<int64_t> keep_splits(const Dataset& dataset, const SplitOptions& options,
                                 SplitResult& result) {
  std::unordered_map<std::string_view, Split> kept;
  const auto patient_of = [&](const CaseEntry& entry) -> std::string_view {
    return dataset.info.patients_are_known ? entry.patient : entry.id;
  };
  for (const Split split : options.keep) {
    require(!dataset.cases_of(split).empty(), dataset.info.manifest.string(),
            " has no case in split ", to_string(split), ", which is to be kept");
  }
  int64_t in_two = 0;
  for (const auto& entry : dataset.cases) {
    if (!is_kept(options, entry.split)) continue;
    const auto [found, is_new] = kept.emplace(patient_of(entry), entry.split);
    if (!is_new && found->second != entry.split) ++in_two;
  }
  require(in_two == 0, in_two,
          " cases of kept splits are of patients who are in another kept split too; keep "
          "one of the two");
  std::unordered_set<int64_t> beside_kept;  // Duplicates of kept cases.
  for (const auto& [a, b] : options.together) {
    const auto is_case_kept = [&](int64_t index) {
      return is_kept(options, dataset.cases[static_cast<size_t>(index)].split);
    };
    if (is_case_kept(a)) beside_kept.insert(b);
    if (is_case_kept(b)) beside_kept.insert(a);
  }
  std::vector<int64_t> free;
  for (size_t i = 0; i < dataset.cases.size(); ++i) {
    const auto& entry = dataset.cases[i];
    if (is_kept(options, entry.split)) {
      result.splits[i] = entry.split;
    } else if (kept.count(patient_of(entry)) > 0 ||
               beside_kept.count(static_cast<int64_t>(i)) > 0) {
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
  const auto groups = join_groups(group_by_patient(dataset, free), options.together);
  const auto sizes = sizes_of(options, groups.size());
  const auto parts = options.dates
                         ? part_by_date(groups, rank_dates(dataset, free, *options.dates),
                                        sizes, options.seed)
                         : stratify(dataset, groups, sizes, options.seed);
  constexpr Split kSplits[] = {Split::kTrain, Split::kVal, Split::kTest};
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const int64_t index : groups[i].cases) {
      result.splits[static_cast<size_t>(index)] = kSplits[parts[i]];
    }
  }
  return result;
}

std::vector<std::pair<int64_t, int64_t>> find_duplicate_cases(const Dataset& dataset,
                                                              int threads) {
  Dataset unsplit = dataset;
  for (auto& entry : unsplit.cases) entry.split = Split::kNone;
  AuditOptions options;
  options.threads = threads;
  const auto report = audit({&unsplit, 1}, options);
  require(report.near_search_is_complete, dataset.info.manifest.string(),
          " has more near-duplicates than can be listed: they cannot be kept together");
  std::vector<std::pair<int64_t, int64_t>> pairs;
  const auto case_of = [&](const AuditedImage& at) {
    return dataset.images[static_cast<size_t>(at.image)].case_index;
  };
  for (const auto& equal : report.exact_within_split) {
    pairs.emplace_back(case_of(equal.images[0]), case_of(equal.images[1]));
  }
  for (const auto* similar : {&report.near_within_split, &report.mirrored_within_split}) {
    for (const auto& pair : *similar) {
      pairs.emplace_back(case_of(pair.first), case_of(pair.second));
    }
  }
  return pairs;
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
