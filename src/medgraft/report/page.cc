#include "medgraft/report/page.h"

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/time.h"
#include "medgraft/base/version.h"
#include "medgraft/report/assets.h"
#include "medgraft/report/html.h"
#include "medgraft/report/progress_sections.h"
#include "medgraft/report/sections.h"

namespace medgraft::report {
namespace {

constexpr const char* kLibraries[] = {"vega.min.js", "vega-lite.min.js",
                                      "vega-interpreter.min.js", "page.js"};

std::string section(const std::string& id, const std::string& title,
                    const std::string& content) {
  if (content.empty()) return "";
  return text("<section aria-labelledby=\"", id, "\"><h2 id=\"", id, "\">",
              escape_html(title), "</h2>\n", content, "</section>\n");
}

std::string data_table(const nlohmann::json& values, const std::string& caption) {
  HtmlTable table{caption, {}, {}};
  for (const auto& row : values) {
    if (table.columns.empty()) {
      for (const auto& [name, _] : row.items()) table.columns.push_back(name);
    }
    auto& cells = table.rows.emplace_back();
    for (const auto& name : table.columns) {
      const auto& value = row.at(name);
      cells.push_back(value.is_null()           ? ""
                      : value.is_string()       ? value.get<std::string>()
                      : value.is_number_float() ? format_number(value.get<double>(), 4)
                                                : value.dump());
    }
  }
  return table.html();
}

std::string figure_html(const Figure& figure) {
  return text(
      "<figure id=\"", figure.id, "\"><div class=\"chart\"></div><figcaption>",
      escape_html(figure.caption),
      "</figcaption><div class=\"downloads\"><button data-kind=\"svg\">SVG</button>"
      "<button data-kind=\"png\">PNG</button><button data-kind=\"csv\">CSV</button>"
      "</div><script type=\"application/json\">",
      escape_script(figure.specification.dump()),
      "</script><details><summary>Data of this figure</summary>",
      data_table(figure.specification.at("data").at("values"), figure.title),
      "</details></figure>\n");
}

// A figure, and what is said about it below.
std::string figure_section(const std::vector<Figure>& figures, const std::string& id,
                           const std::string& below = "") {
  for (const auto& figure : figures) {
    if (figure.id == id) {
      return section("h-" + id, figure.title, figure_html(figure) + below);
    }
  }
  return "";
}

std::string progress_text(const study::StudyResults& results) {
  size_t done = 0, failed = 0;
  for (const auto& run : results.runs) {
    done += run.record.status == study::RunStatus::kDone;
    failed += run.record.status == study::RunStatus::kFailed;
  }
  auto out = text(done, " of ", results.runs.size(), " runs are done");
  if (failed > 0) out += text(", ", failed, " failed");
  if (done < results.runs.size()) out += "; figures are of what is done";
  return out + ".";
}

std::string summary(const study::StudyResults& results, const ReportTables& tables) {
  std::string out = "<p>" + progress_text(results) + "</p><div class=\"verdicts\">";
  const auto sentences = verdict_sentences(tables);
  for (const auto& sentence : sentences) out += "<p>" + escape_html(sentence) + "</p>";
  if (sentences.empty()) out += "<p>There is nothing to compare yet.</p>";
  return out + "</div>";
}

// What the page may do: run its own scripts, by hash, and nothing else.
std::string policy() {
  std::string out =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
      "script-src";
  for (const char* name : kLibraries) {
    out += " '" + script_hash(embedded_asset(name)) + "'";
  }
  return out + "; base-uri 'none'; form-action 'none'";
}

}  // namespace

std::vector<std::string> verdict_sentences(const ReportTables& tables) {
  std::vector<std::string> sentences;
  for (const auto& row : tables.contrasts) {
    if (!row.is_primary) continue;
    const auto& c = row.contrast;
    auto sentence =
        text(row.key.task, ", ", percent(row.key.fraction), " of the labels, ",
             row.key.resolution, " px: ", row.arm, " against ", tables.baseline_arm,
             " is ", to_string(row.verdict), ": ", tables.primary, " differs by ",
             with_interval(c.difference, c.ci_low, c.ci_high), ", adjusted p ",
             format_fixed(row.p_adjusted, 3), ".");
    if (row.verdict == Verdict::kInconclusive) {
      sentence +=
          text(" No difference was shown; one of ", format_fixed(c.minimum_detectable, 3),
               " would be found with 80% power.");
    }
    sentences.push_back(sentence);
  }
  return sentences;
}

std::string make_page(const study::StudyResults& results, const ReportTables& tables,
                      const std::vector<Figure>& figures) {
  const auto title = results.config.study.name + ": does transfer help?";
  std::string page = text(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"",
      policy(),
      "\"><meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><title>",
      escape_html(title), "</title><style>", embedded_asset("page.css"),
      "</style></head><body><a class=\"skip\" href=\"#main\">Skip to "
      "content</a><header><h1>",
      escape_html(title), "</h1><p class=\"soft\">Study ",
      results.config_hash.substr(0, 10), ", report of ", utc_now(),
      "</p></header><main id=\"main\">\n");
  page += section("h-summary", "Summary", summary(results, tables));
  page += figure_section(figures, "accuracy");
  page += figure_section(figures, "generalization");
  page += figure_section(figures, "efficiency", efficiency_section(tables));
  page += figure_section(figures, "convergence", convergence_section(tables));
  page +=
      section("h-contrasts", "Differences to the baseline", contrasts_section(tables));
  page += section("h-scores", "Scores and calibration", calibration_section(tables));
  page += section("h-rates", "Fair arms", fair_arms_section(results, tables));
  page += section("h-data", "Data card", data_card_section(results, tables));
  page += section("h-runs", "Runs", runs_section(results));
  page += section("h-methods", "Methods", methods_section(tables));
  page += text("</main><footer>Written by MedGraft ", build::kVersion,
               ". Not for clinical use.</footer>\n");
  for (const char* name : kLibraries) {
    page += text("<script>", embedded_asset(name), "</script>\n");
  }
  return page + "</body></html>\n";
}

}  // namespace medgraft::report
