#include "medgraft/report/contrasts.h"

#include <algorithm>
#include <set>

#include "medgraft/statistics/bootstrap.h"

namespace medgraft::report {
namespace {

using evaluation::Metric;

// The finished runs of `arm` in the place of `key`; the end where there are none.
StudyCells::const_iterator find_arm(const StudyCells& cells, const CellKey& key,
                                    const std::string& arm) {
  return std::find_if(cells.begin(), cells.end(), [&](const auto& entry) {
    const auto& other = entry.first;
    return entry.second.arm == arm && !entry.second.seeds.empty() &&
           other.task == key.task && other.resolution == key.resolution &&
           other.fraction == key.fraction && other.split == key.split;
  });
}

std::string family_of(const ContrastRow& row) {
  const auto kind = row.is_primary       ? std::string("primary")
                    : row.is_of_baseline ? "exploratory " + row.metric
                                         : "same architecture " + row.metric;
  return row.key.task + "/" + row.key.split + "/" + kind;
}

void adjust_families(std::vector<ContrastRow>& rows, std::optional<double> margin) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < rows.size(); ++i) families[family_of(rows[i])].push_back(i);
  for (const auto& [_, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(rows[i].contrast.p);
    const auto adjusted = statistics::holm(p);
    for (size_t i = 0; i < members.size(); ++i) {
      auto& row = rows[members[i]];
      row.p_adjusted = adjusted[i];
      const auto& contrast = row.contrast;
      row.verdict = statistics::judge(
          {contrast.difference, contrast.ci_low, contrast.ci_high}, row.p_adjusted,
          row.is_primary ? margin : std::nullopt,
          higher_is_better(evaluation::parse_metric(row.metric)), row.num_seeds);
    }
  }
}

const CellRow* find_scored(const std::vector<CellRow>& scored, const CellKey& key) {
  const auto found = std::find_if(scored.begin(), scored.end(),
                                  [&](const CellRow& row) { return row.key == key; });
  return found == scored.end() ? nullptr : &*found;
}

}  // namespace

std::vector<ContrastRow> make_contrasts(const StudyCells& cells,
                                        const std::vector<CellRow>& scored,
                                        const ContrastOptions& options) {
  std::vector<ContrastRow> rows;
  const std::set<Metric> metrics = {options.primary, Metric::kNll, Metric::kEce};
  for (const auto& [key, cell] : cells) {
    if (cell.seeds.empty()) continue;
    std::set<std::string> others = {options.baseline_arm};
    if (!options.scratch_upstream.empty()) {
      others.insert(options.scratch_upstream + " " + key.architecture);
    }
    for (const auto& other : others) {
      const auto found = find_arm(cells, key, other);
      // The baseline is compared with nothing.
      if (cell.arm == other || cell.arm == options.baseline_arm || found == cells.end()) {
        continue;
      }
      for (const auto metric : metrics) {
        auto& row = rows.emplace_back();
        row.key = key;
        row.arm = cell.arm;
        row.baseline = other;
        row.metric = name_of(metric);
        row.is_of_baseline = other == options.baseline_arm;
        row.is_primary =
            row.is_of_baseline && metric == options.primary && key.split == "test";
        row.num_seeds =
            static_cast<int64_t>(std::min(cell.seeds.size(), found->second.seeds.size()));
        row.contrast = evaluation::compare_cells(cell.runs(), found->second.runs(),
                                                 metric, options.cells);
        if (const auto* own = find_scored(scored, found->first)) {
          row.baseline_cell = own->metrics.at(row.metric);
        }
      }
    }
  }
  adjust_families(rows, options.margin);
  return rows;
}

}  // namespace medgraft::report
