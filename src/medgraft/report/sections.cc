#include "medgraft/report/sections.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/audit_record.h"
#include "medgraft/data/dataset.h"
#include "medgraft/report/html.h"
#include "medgraft/report/progress_sections.h"

namespace medgraft::report {
namespace {

using nlohmann::json;

constexpr size_t kShortId = 10;

std::string p_text(double p) { return p < 0.001 ? "< 0.001" : format_fixed(p, 3); }

// A value of run.json by its path, as text; "" where it is missing.
std::string lookup(const json& values, const std::string& pointer) {
  const json::json_pointer place(pointer);
  if (!values.is_object() || !values.contains(place)) return "";
  const auto& value = values.at(place);
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string definition(const std::string& term, const std::string& text) {
  if (text.empty()) return "";
  return "<dt>" + escape_html(term) + "</dt><dd>" + escape_html(text) + "</dd>";
}

// What the last audit of exactly these files found, in numbers.
std::string audit_table(const std::string& path, const data::DatasetInfo& info) {
  const auto file = std::filesystem::is_directory(path) ? path + "/dataset.toml" : path;
  std::optional<data::AuditRecord> audit;
  try {
    audit = data::read_audit_record(path, sha256_of_file(info.manifest),
                                    sha256_of_file(file));
  } catch (const UserError&) {
    // The tables are gone: then nothing is known of them.
  }
  HtmlTable table{audit ? text("Audit of ", audit->time) : std::string("Audit"),
                  {"looked for", "found"},
                  {}};
  const std::pair<const char*, const char*> kChecks[] = {
      {"patients_across_splits", "patients in more than one split (a leak)"},
      {"exact_duplicates_across_splits", "equal images across splits, groups (a leak)"},
      {"near_duplicates_across_splits", "near-duplicates across splits, pairs (a leak)"},
      {"exact_duplicates_within_split", "images that repeat one of their split"},
      {"near_duplicates_within_split", "near-duplicates within a split, pairs"},
      {"mirrored_duplicates_across_splits", "mirror images across splits, pairs"},
      {"label_contradictions", "duplicates with opposite labels"},
      {"unreadable", "unreadable images"}};
  for (const std::string_view key_of_patients = kChecks[0].first;
       const auto& [key, title] : kChecks) {
    std::string found = "not audited";
    if (key == key_of_patients && !info.patients_are_known) {
      found = "patients are not known";
    } else if (audit && audit->counts.count(key) > 0) {
      found = std::to_string(audit->count(key));
    }
    table.rows.push_back({title, found});
  }
  return table.html();
}

// One data set's description and counts, from the first run that used it.
std::string data_card(const std::string& role, const std::string& path,
                      const study::StudyResults& results, const std::string& task) {
  data::DatasetInfo info;
  try {
    info = data::read_dataset_info(path);
  } catch (const UserError&) {
    return "<p>" + escape_html(role) +
           ": its description is no longer where the study found "
           "it.</p>";
  }
  std::string out = "<h3>" + escape_html(role) + "</h3><dl>";
  out += definition("title", info.title) + definition("cite", info.citation) +
         definition("licence", info.license);
  out += definition(
      "labels", info.labels.size() > 12 ? text(info.labels.size(), " classes") : [&] {
        std::string names;
        for (const auto& l : info.labels) {
          names += (names.empty() ? "" : ", ") + l;
        }
        return names;
      }());
  if (!info.patients_are_known) {
    out += definition("patients",
                      "not published: intervals treat cases as independent, and "
                      "a patient may be in several splits unnoticed");
  }
  for (const auto& run : results.runs) {
    if (run.row.task != task || run.row.fraction != 1) continue;
    const auto& values = run.record.values;
    if (!values.is_object() || !values.contains("dataset")) continue;
    if (lookup(values, "/dataset/name") != info.name) continue;
    for (const char* split : {"train", "val", "test"}) {
      const auto base = text("/dataset/counts/", split, "/");
      out += definition(split, text(lookup(values, base + "cases"), " cases, ",
                                    lookup(values, base + "images"), " images"));
    }
    break;
  }
  return out + "</dl>" + audit_table(path, info);
}

}  // namespace

std::string with_interval(double value, double low, double high) {
  return text(format_fixed(value, 3), " [", format_fixed(low, 3), ", ",
              format_fixed(high, 3), "]");
}

std::string percent(double fraction) { return format_number(100 * fraction, 4) + "%"; }

std::string contrasts_section(const ReportTables& tables) {
  HtmlTable table{
      text("Relative performance: difference to the baseline (", tables.baseline_arm,
           ") and to the same architecture from scratch; p adjusted by Holm within each "
           "task's family"),
      {"arm", "against", "task", "resolution", "labels", "split", "metric",
       "difference [95%]", "the other's value [95%]", "p", "p adjusted", "family",
       "smallest detectable", "verdict"},
      {}};
  for (const auto& row : tables.contrasts) {
    const auto& c = row.contrast;
    const auto& other = row.baseline_cell;
    table.rows.push_back(
        {row.arm, row.baseline, row.key.task, text(row.key.resolution, " px"),
         percent(row.key.fraction), row.key.split, row.metric,
         with_interval(c.difference, c.ci_low, c.ci_high),
         with_interval(other.value, other.ci_low, other.ci_high), p_text(c.p),
         p_text(row.p_adjusted), row.is_primary ? "primary" : "exploratory",
         format_fixed(c.minimum_detectable, 3), to_string(row.verdict)});
  }
  return table.rows.empty() ? "<p>There is no finished run to compare yet.</p>"
                            : table.html();
}

std::string calibration_section(const ReportTables& tables) {
  HtmlTable table{
      "Scores of every cell: mean over seeds and 95% interval; accuracy at the "
      "threshold frozen on validation",
      {"arm", "task", "resolution", "labels", "split", "seeds", tables.primary,
       "accuracy", "NLL", "Brier", "ECE"},
      {}};
  for (const auto& row : tables.cells) {
    std::vector<std::string> cells = {row.arm, row.key.task,
                                      text(row.key.resolution, " px"),
                                      percent(row.key.fraction), row.key.split};
    if (row.metrics.empty()) {
      cells.push_back(text("0 of ", row.num_planned));
      cells.insert(cells.end(), 5, "not run yet");
    } else {
      cells.push_back(
          text(row.metrics.begin()->second.num_seeds, " of ", row.num_planned));
      for (const std::string& metric :
           {tables.primary, std::string("accuracy"), std::string("nll"),
            std::string("brier"), std::string("ece")}) {
        const auto& cell = row.metrics.at(metric);
        cells.push_back(with_interval(cell.value, cell.ci_low, cell.ci_high));
      }
    }
    table.rows.push_back(cells);
  }
  return table.html();
}

std::string fair_arms_section(const study::StudyResults& results,
                              const ReportTables& tables) {
  if (results.choices.empty()) return "";
  HtmlTable table{
      "Learning rates chosen on validation, per arm, from the same candidates",
      {"arm", "task", "resolution", "labels", "tried", "chosen", "validation score",
       "note"},
      {}};
  for (const auto& choice : results.choices) {
    std::string tried, note;
    for (const double rate : choice.rates) {
      tried += (tried.empty() ? "" : ", ") + format_number(rate);
    }
    if (choice.at_edge) {
      note = "at the edge of the range: a wider search may find a better rate";
    }
    if (is_still_improving(tables, {choice.task, choice.resolution, choice.fraction,
                                    "val", choice.upstream, choice.architecture})) {
      note += text(note.empty() ? "" : "; ", "not converged: still improving at the end");
    }
    table.rows.push_back({choice.upstream + " " + choice.architecture, choice.task,
                          text(choice.resolution, " px"), percent(choice.fraction), tried,
                          format_number(choice.lr), format_fixed(choice.score, 3), note});
  }
  return table.html();
}

std::string data_card_section(const study::StudyResults& results, const ReportTables&) {
  std::string out;
  for (const auto& upstream : results.config.upstream) {
    if (upstream.dataset.value.empty()) continue;
    out += data_card("Upstream: " + upstream.name, upstream.dataset.value, results, "");
  }
  for (const auto& task : results.config.task) {
    out += data_card("Task: " + task.name, task.dataset.value, results, task.name);
    for (const auto& ood : task.ood) {
      out += data_card("Other data for " + task.name + ": " + ood.name, ood.dataset.value,
                       results, task.name);
    }
  }
  return out +
         "<p>Patients (where known) were checked to be in one split each before "
         "training, "
         "unless a run says data.allow_leaks. Equal images have the same decoded pixels; "
         "near-duplicates correlate above 0.99 as 32 x 32 grey reductions. <em>Not "
         "audited</em>: nobody ran <code>medgraft data audit</code> on these files.</p>";
}

std::string runs_section(const study::StudyResults& results) {
  HtmlTable table{
      "Every run; the id is the SHA-256 of what determines its result, shortened",
      {"id", "arm", "task", "resolution", "fraction", "seed", "status", "learning rate",
       "steps", "best validation", "seconds"},
      {}};
  for (const auto& run : results.runs) {
    const auto& best = run.record.best;
    table.rows.push_back({run.row.id.substr(0, kShortId), run.row.arm,
                          run.row.is_upstream() ? "(upstream)" : run.row.task,
                          text(run.row.resolution, " px"), percent(run.row.fraction),
                          std::to_string(run.row.seed),
                          study::to_string(run.record.status),
                          lookup(run.record.values, "/config/train/lr"),
                          lookup(run.record.values, "/config/train/steps"),
                          best ? text(best->metric, " ", format_fixed(best->value, 3),
                                      " at step ", best->step)
                               : "",
                          format_fixed(run.record.wall_seconds, 0)});
  }
  return table.html();
}

std::string methods_section(const ReportTables& tables) {
  return text(
      "<p>The question and design follow Mustafa et al. 2021, <cite>Supervised Transfer "
      "Learning at Scale for Medical Imaging</cite> (arXiv:2101.05913); networks are Big "
      "Transfer ResNets (Kolesnikov et al. 2020, arXiv:1912.11370), fine-tuned with "
      "BiT-HyperRule unless the study says otherwise. Weights and learning rates are "
      "selected "
      "on validation data alone; the test split is predicted once by each run, and every "
      "reading of it is on record in the study's folder.</p>",
      "<p>The primary metric is ", escape_html(tables.primary),
      ". AUROC counts ties as one half; over several labels or classes it is the mean "
      "over "
      "those with both outcomes. ECE uses 15 bins of equal width. A cell's figure is the "
      "mean "
      "over seeds. Its variance is that of the mean over 2,000 resamples of patients "
      "(cases "
      "where patients are unknown), the same resamples for every arm, plus the variance "
      "over "
      "seeds divided by their number; intervals are 95%, from Student's t with "
      "Satterthwaite's "
      "degrees of freedom. Differences between arms are paired over the same "
      "patients.</p>",
      "<p>Contrasts with the baseline on the primary metric are one family per task, "
      "adjusted "
      "by Holm (1979). <em>Better</em> and <em>worse</em>: adjusted p below 0.05. "
      "<em>Non-inferior</em>: the whole interval lies above minus the margin",
      tables.margin ? text(" of ", format_number(*tables.margin))
                    : std::string(" (none was stated)"),
      ", which was fixed before test data were read. Anything else is "
      "<em>inconclusive</em>, "
      "shown with the smallest difference that this study would find with 80% power. All "
      "other "
      "comparisons, those with the same architecture from scratch among them, are "
      "exploratory. One seed alone supports no claim about arms.</p>",
      "<p>Data efficiency: the scores at each share of the training patients are fitted "
      "by isotonic regression on the logarithm of the share, with straight lines in "
      "between; the figure is where the fit reaches the baseline's mean with all data, "
      "its interval from 2,000 joint resamples of patients and seeds, that mean "
      "included. "
      "A share below the smallest or above the largest one is a value of its own. "
      "Convergence: the final value of a run is the mean of its last evaluations (a "
      "tenth, at least three). A run has converged at its first evaluation within 0.005 "
      "of its own final value; it has reached the baseline at the first of two "
      "consecutive evaluations at the baseline's mean final value. Both lie between that "
      "evaluation and the one before; runs that never get there stay censored, and the "
      "median is that of Kaplan and Meier (1958). Arms whose mean curve gains more than "
      "0.005 in the last fifth of the steps are called not converged.</p>");
}

}  // namespace medgraft::report
