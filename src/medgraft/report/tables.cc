#include "medgraft/report/tables.h"

#include <algorithm>
#include <set>

#include "medgraft/base/csv.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::report {
namespace {

using evaluation::Metric;

constexpr Metric kCellMetrics[] = {Metric::kAuroc, Metric::kAccuracy, Metric::kNll,
                                   Metric::kBrier, Metric::kEce};

// The finished runs of one cell.
struct Cell {
  std::string arm;
  int64_t num_planned = 0;
  std::vector<evaluation::Predictions> seeds;

  std::vector<const evaluation::Predictions*> pointers() const {
    std::vector<const evaluation::Predictions*> out;
    for (const auto& seed : seeds) out.push_back(&seed);
    return out;
  }
};

std::map<CellKey, Cell> collect(const study::StudyResults& results) {
  std::map<CellKey, Cell> cells;
  for (const auto& run : results.runs) {
    const auto& row = run.row;
    if (row.is_upstream()) continue;
    std::set<std::string> splits = {"test"};
    for (const auto& [split, _] : run.predictions) {
      if (split.starts_with("ood-")) splits.insert(split);
    }
    for (const auto& split : splits) {
      auto& cell = cells[{row.task, row.resolution, row.fraction, split, row.upstream,
                          row.architecture}];
      cell.arm = row.arm;
      ++cell.num_planned;
      const auto found = run.predictions.find(split);
      if (run.record.status != study::RunStatus::kDone ||
          found == run.predictions.end()) {
        continue;
      }
      cell.seeds.push_back(evaluation::read_predictions(found->second));
    }
  }
  return cells;
}

std::string baseline_arm(const study::StudyConfig& config) {
  if (!config.study.baseline) return "";
  return config.study.baseline->upstream + " " + config.study.baseline->architecture;
}

void adjust_families(std::vector<ContrastRow>& rows, std::optional<double> margin,
                     const std::map<CellKey, Cell>& cells) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto kind = rows[i].is_primary ? "primary" : "exploratory " + rows[i].metric;
    families[rows[i].key.task + "/" + rows[i].key.split + "/" + kind].push_back(i);
  }
  for (const auto& [_, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(rows[i].contrast.p);
    const auto adjusted = statistics::holm(p);
    for (size_t i = 0; i < members.size(); ++i) {
      auto& row = rows[members[i]];
      row.p_adjusted = adjusted[i];
      const auto seeds = static_cast<int64_t>(cells.at(row.key).seeds.size());
      const auto& contrast = row.contrast;
      row.verdict = statistics::judge(
          {contrast.difference, contrast.ci_low, contrast.ci_high}, row.p_adjusted,
          row.is_primary ? margin : std::nullopt,
          higher_is_better(evaluation::parse_metric(row.metric)), seeds);
    }
  }
}

std::vector<ContrastRow> make_contrasts(const std::map<CellKey, Cell>& cells,
                                        const std::string& baseline, Metric primary,
                                        const evaluation::CellOptions& options) {
  std::vector<ContrastRow> rows;
  std::set<Metric> metrics = {primary, Metric::kNll, Metric::kEce};
  for (const auto& [key, cell] : cells) {
    if (cell.arm == baseline || cell.seeds.empty()) continue;
    const auto found = std::find_if(cells.begin(), cells.end(), [&](const auto& entry) {
      const auto& other = entry.first;
      return entry.second.arm == baseline && other.task == key.task &&
             other.resolution == key.resolution && other.fraction == key.fraction &&
             other.split == key.split;
    });
    if (found == cells.end() || found->second.seeds.empty()) continue;
    for (const auto metric : metrics) {
      ContrastRow row;
      row.key = key;
      row.arm = cell.arm;
      row.metric = name_of(metric);
      row.is_primary = metric == primary && key.split == "test";
      row.contrast = evaluation::compare_cells(cell.pointers(), found->second.pointers(),
                                               metric, options);
      rows.push_back(row);
    }
  }
  return rows;
}

std::vector<CurvePoint> make_curves(const study::StudyResults& results,
                                    const std::string& metric) {
  struct Sum {
    std::string arm;
    double total = 0;
    int64_t count = 0;
  };
  std::map<std::pair<CellKey, int64_t>, Sum> sums;
  for (const auto& run : results.runs) {
    const auto& row = run.row;
    if (row.is_upstream()) continue;
    const CellKey key{row.task, row.resolution, row.fraction,
                      "val",    row.upstream,   row.architecture};
    for (const auto& point : run.curve().evaluations) {
      const auto found = point.metrics.find(metric);
      if (point.split != "val" || found == point.metrics.end()) continue;
      auto& sum = sums[{key, point.step}];
      sum.arm = row.arm;
      sum.total += found->second;
      ++sum.count;
    }
  }
  std::vector<CurvePoint> points;
  for (const auto& [place, sum] : sums) {
    points.push_back({place.first, sum.arm, place.second, sum.count,
                      sum.total / static_cast<double>(sum.count)});
  }
  return points;
}

}  // namespace

ReportTables make_tables(const study::StudyResults& results,
                         const TableOptions& options) {
  ReportTables tables;
  tables.primary = results.config.analysis.primary;
  const auto primary = evaluation::parse_metric(tables.primary);
  const auto& margins = results.config.analysis.margins;
  if (margins.contains(tables.primary)) tables.margin = margins.at(tables.primary);
  tables.baseline_arm = baseline_arm(results.config);

  const evaluation::CellOptions cell_options{options.replicates, 0, options.threads, {}};
  const auto cells = collect(results);
  std::set<Metric> metrics(std::begin(kCellMetrics), std::end(kCellMetrics));
  metrics.insert(primary);
  for (const auto& [key, cell] : cells) {
    CellRow row{key, cell.arm, cell.num_planned, {}};
    for (const auto metric : metrics) {
      if (cell.seeds.empty()) break;
      row.metrics[name_of(metric)] =
          evaluation::estimate_cell(cell.pointers(), metric, cell_options);
    }
    tables.cells.push_back(row);
  }
  tables.contrasts = make_contrasts(cells, tables.baseline_arm, primary, cell_options);
  adjust_families(tables.contrasts, tables.margin, cells);
  tables.curves = make_curves(results, tables.primary);
  return tables;
}

std::map<std::string, std::string> to_csv(const ReportTables& tables) {
  const auto key_fields = [](CsvWriter& out, const CellKey& key, const std::string& arm) {
    out.field(key.task).field(arm).field(key.upstream).field(key.architecture);
    out.field(static_cast<double>(key.resolution)).field(key.fraction).field(key.split);
  };
  const auto header = [](CsvWriter& out, std::initializer_list<const char*> rest) {
    for (const char* name :
         {"task", "arm", "upstream", "architecture", "resolution", "fraction", "split"}) {
      out.field(name);
    }
    for (const char* name : rest) out.field(name);
    out.end_row();
  };
  CsvWriter cells, contrasts, curves;
  header(cells, {"metric", "value", "ci_low", "ci_high", "standard_error", "seeds",
                 "cases", "patients"});
  for (const auto& row : tables.cells) {
    for (const auto& [metric, cell] : row.metrics) {
      key_fields(cells, row.key, row.arm);
      cells.field(metric).field(cell.value).field(cell.ci_low).field(cell.ci_high);
      cells.field(cell.standard_error).field(static_cast<double>(cell.num_seeds));
      cells.field(static_cast<double>(cell.num_cases));
      cells.field(cell.patients_are_known ? std::to_string(cell.num_patients)
                                          : "unknown");
      cells.end_row();
    }
  }
  header(contrasts, {"metric", "baseline", "difference", "ci_low", "ci_high", "p",
                     "p_adjusted", "family", "minimum_detectable", "verdict"});
  for (const auto& row : tables.contrasts) {
    key_fields(contrasts, row.key, row.arm);
    contrasts.field(row.metric).field(tables.baseline_arm).field(row.contrast.difference);
    contrasts.field(row.contrast.ci_low)
        .field(row.contrast.ci_high)
        .field(row.contrast.p);
    contrasts.field(row.p_adjusted).field(row.is_primary ? "primary" : "exploratory");
    contrasts.field(row.contrast.minimum_detectable).field(to_string(row.verdict));
    contrasts.end_row();
  }
  header(curves, {"metric", "step", "runs", "value"});
  for (const auto& point : tables.curves) {
    key_fields(curves, point.key, point.arm);
    curves.field(tables.primary).field(static_cast<double>(point.step));
    curves.field(static_cast<double>(point.num_runs)).field(point.value);
    curves.end_row();
  }
  return {{"cells.csv", cells.text()},
          {"contrasts.csv", contrasts.text()},
          {"curves.csv", curves.text()}};
}

}  // namespace medgraft::report
