#include <cstdio>
#include <filesystem>
#include <iostream>

#include "command_line.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/report/assets.h"
#include "medgraft/report/page.h"
#include "medgraft/report/progress_json.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json summary_json(const report::ReportTables& tables) {
  json out = {{"primary", tables.primary},
              {"baseline", tables.baseline_arm},
              {"verdicts", report::verdict_sentences(tables)},
              {"contrasts", json::array()}};
  for (const auto& row : tables.contrasts) {
    out["contrasts"].push_back({{"task", row.key.task},
                                {"arm", row.arm},
                                {"baseline", row.baseline},
                                {"resolution", row.key.resolution},
                                {"fraction", row.key.fraction},
                                {"split", row.key.split},
                                {"metric", row.metric},
                                {"difference", row.contrast.difference},
                                {"ci_low", row.contrast.ci_low},
                                {"ci_high", row.contrast.ci_high},
                                {"baseline_value", row.baseline_cell.value},
                                {"p", row.contrast.p},
                                {"p_adjusted", row.p_adjusted},
                                {"family", row.is_primary ? "primary" : "exploratory"},
                                {"verdict", to_string(row.verdict)}});
  }
  out.update(report::progress_json(tables));
  return out;
}

void write_beside(const fs::path& study, const report::ReportTables& tables,
                  const std::vector<report::Figure>& figures) {
  fs::create_directories(study / "tables");
  fs::create_directories(study / "figures");
  for (const auto& [name, content] : report::to_csv(tables)) {
    write_file_atomically(study / "tables" / name, content);
  }
  for (const auto& figure : figures) {
    write_file_atomically(study / "figures" / (figure.id + ".vl.json"),
                          figure.specification.dump(2) + "\n");
  }
}

}  // namespace

int run_report(Arguments arguments) {
  CommandLine line("report",
                   "writes a study's report: one HTML file that needs nothing else");
  std::string folder;
  report::TableOptions options;
  line.app()
      .add_option("study", folder, "the study's folder (study run --out)")
      ->required();
  line.app()
      .add_option("--replicates", options.replicates, "bootstrap replicates")
      ->capture_default_str()
      ->check(CLI::Range(100, 1000000));
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(
      !report::embedded_asset("vega.min.js").empty(),
      "this medgraft was built without charts (MEDGRAFT_REPORT=OFF); build it with them");
  const fs::path out = common.out.value_or((fs::path(folder) / "report.html").string());
  require(common.force || !fs::exists(out), out.string(),
          " exists; choose another --out, or pass --force to replace it");
  options.threads = common.num_threads();

  const auto results = study::read_study_results(folder);
  const auto tables = report::make_tables(results, options);
  const auto figures = report::make_figures(tables);
  write_beside(folder, tables, figures);
  write_file_atomically(out, report::make_page(results, tables, figures));
  if (common.json) {
    std::cout << summary_json(tables).dump(2) << std::endl;
  } else if (!common.quiet) {
    for (const auto& sentence : report::verdict_sentences(tables)) {
      std::printf("%s\n", sentence.c_str());
    }
    std::printf("report: %s\n", out.c_str());
  }
  return 0;
}

}  // namespace medgraft::app
