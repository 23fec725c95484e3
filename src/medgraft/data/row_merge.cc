#include "medgraft/data/row_merge.h"

#include <algorithm>

#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

// 1 is worse than uncertain, that than 0, and that than nothing stated.
int badness(std::string_view label) {
  return label == "1" ? 3 : label == "-1" ? 2 : label == "0" ? 1 : 0;
}

}  // namespace

void RowMerge::combine(ManifestRow& known, const ManifestRow& row) const {
  const auto check = [&](const std::string& a, const std::string& b, const char* what) {
    require(a == b, "rows of the image ", row.image, " differ in their ", what);
  };
  check(known.case_id, row.case_id, "case");
  check(known.patient, row.patient, "patient");
  check(known.split, row.split, "split");
  for (size_t i = 0; i < row.columns.size(); ++i) {
    if (known.columns[i].empty()) known.columns[i] = row.columns[i];
  }
  for (size_t i = 0; i < row.labels.size(); ++i) {
    auto& label = known.labels[i];
    if (is_class_) {
      require(label == row.labels[i] || label.empty() || row.labels[i].empty(),
              "rows of the image ", row.image, " differ in their class");
      if (label.empty()) label = row.labels[i];
    } else if (badness(row.labels[i]) > badness(label)) {
      label = row.labels[i];
    }
  }
}

void RowMerge::add(ManifestRow row, std::string_view rater) {
  const auto [found, is_new] = index_.emplace(row.image, rows_.size());
  const auto index = found->second;
  if (!rater.empty()) {
    for (size_t i = 0; i < row.labels.size(); ++i) {
      if (row.labels[i] != "1") continue;
      auto& voters = votes_[{index, i}];
      if (std::find(voters.begin(), voters.end(), rater) == voters.end()) {
        voters.push_back(rater);
      }
      row.labels[i] = "0";
    }
  }
  if (is_new) {
    rows_.push_back(std::move(row));
  } else {
    combine(rows_[index], row);
  }
}

std::vector<ManifestRow> RowMerge::finish() {
  for (const auto& [where, voters] : votes_) {
    if (static_cast<int64_t>(voters.size()) < rule_.votes) continue;
    rows_[where.first].labels[where.second] = "1";
  }
  return std::move(rows_);
}

}  // namespace medgraft::data
