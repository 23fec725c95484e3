#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "command_line.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/data/audit_record.h"
#include "medgraft/study/index.h"
#include "medgraft/study/plan.h"
#include "medgraft/study/scheduler.h"
#include "medgraft/study/study_folder.h"
#include "medgraft/study/study_results.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What the commands of a study share: STUDY.toml --out DIR.
struct StudyArguments {
  std::string file;
  int workers = 1;
  CommonOptions common;
};

// Nothing if help was printed.
std::optional<StudyArguments> parse(const std::string& name, const std::string& summary,
                                    Arguments arguments) {
  StudyArguments parsed;
  CommandLine line("study " + name, summary);
  line.app().add_option("study", parsed.file, "STUDY.toml")->required();
  if (name == "run") {
    line.app()
        .add_option("--workers", parsed.workers, "runs at a time, each a process")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    line.set_footer(
        "--threads are those of each worker; by default the cores are shared evenly.\n\n"
        "Settings of a study file:\n" +
        config::settings_help<study::StudyConfig>() + "\nof each [[upstream]]:\n" +
        config::settings_help<study::UpstreamConfig>() + "\nof each [[task]]:\n" +
        config::settings_help<study::TaskConfig>());
  }
  if (!line.parse(arguments)) return std::nullopt;
  parsed.common = line.common();
  require(parsed.common.out.has_value(), "medgraft study ", name,
          " needs --out DIR, the folder of the study's runs");
  return parsed;
}

study::ClaimOptions claim_options() {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  study::ClaimOptions options;
  options.host = host;
  return options;
}

json to_json(const study::RunCounts& counts) {
  return {{"total", counts.total},
          {"done", counts.done},
          {"failed", counts.failed},
          {"running", counts.running},
          {"pending", counts.pending}};
}

json to_json(const study::PlanRow& row) {
  return {{"id", row.id},
          {"upstream", row.upstream},
          {"architecture", row.architecture},
          {"task", row.task},
          {"resolution", row.resolution},
          {"fraction", row.fraction},
          {"seed", row.seed},
          {"status", to_string(row.status)},
          {"upstream_id", row.upstream_id}};
}

std::string percent(double fraction) { return format_number(100 * fraction, 4) + "%"; }

void print_plan(const study::Plan& plan, const study::StudyState& state) {
  size_t arm = 3, task = 4;
  for (const auto& run : state.runs) {
    arm = std::max(arm, run.row.arm.size());
    task = std::max(task, run.row.task.size());
  }
  std::printf("%-8s  %-*s  %-*s  %4s  %8s  %4s  %s\n", "id", static_cast<int>(task),
              "task", static_cast<int>(arm), "arm", "px", "fraction", "seed", "status");
  int64_t upstreams = 0;
  for (const auto& run : state.runs) {
    const auto& row = run.row;
    upstreams += row.is_upstream();
    std::printf("%.8s  %-*s  %-*s  %4lld  %8s  %4lld  %s\n", row.id.c_str(),
                static_cast<int>(task), row.is_upstream() ? "-" : row.task.c_str(),
                static_cast<int>(arm), row.arm.c_str(),
                static_cast<long long>(row.resolution), percent(row.fraction).c_str(),
                static_cast<long long>(row.seed), to_string(row.status).c_str());
  }
  std::printf(
      "%zu runs (%lld upstream trainings, %lld fine-tunings), %zu search trials\n",
      plan.runs.size(), static_cast<long long>(upstreams),
      static_cast<long long>(plan.runs.size()) - static_cast<long long>(upstreams),
      plan.trials.size());
}

void print_plan_json(const study::Plan& plan, const study::StudyState& state) {
  auto runs = json::array(), trials = json::array();
  int64_t upstreams = 0;
  for (const auto& run : state.runs) {
    runs.push_back(to_json(run.row));
    upstreams += run.row.is_upstream();
  }
  for (size_t i = 0; i < state.trials.size(); ++i) {
    auto trial = to_json(state.trials[i].row);
    trial["lr"] = *plan.trials[i].config.train.lr;
    trials.push_back(std::move(trial));
  }
  const auto total = static_cast<int64_t>(plan.runs.size());
  const json out{{"name", plan.config.study.name},
                 {"config_hash", study::study_hash(plan.config)},
                 {"total", total},
                 {"upstreams", upstreams},
                 {"finetunes", total - upstreams},
                 {"trials", plan.trials.size()},
                 {"runs", runs},
                 {"search", trials}};
  std::cout << out.dump(2) << std::endl;
}

int plan_study(Arguments arguments) {
  const auto parsed =
      parse("plan", "list the runs of a study and write its plan", arguments);
  if (!parsed) return 0;
  const auto plan = study::make_plan(study::read_study(parsed->file, parsed->common.set));
  const fs::path folder = *parsed->common.out;
  study::open_study_folder(plan, folder, parsed->common.force);
  const auto state = study::read_study_state(plan, folder, claim_options());
  study::write_tables(plan, state, folder);
  parsed->common.json ? print_plan_json(plan, state) : print_plan(plan, state);
  return 0;
}

int show_status(Arguments arguments) {
  const auto parsed = parse("status", "count a study's runs by status", arguments);
  if (!parsed) return 0;
  const auto plan = study::make_plan(study::read_study(parsed->file, parsed->common.set));
  const auto state = study::read_study_state(plan, *parsed->common.out, claim_options());
  const auto runs = study::count_runs(state.runs),
             trials = study::count_runs(state.trials);
  auto failures = json::array();
  for (const auto* list : {&state.runs, &state.trials}) {
    for (const auto& run : *list) {
      if (run.row.status != study::RunStatus::kFailed) continue;
      auto failure = to_json(run.row);
      failure["reason"] = run.record.reason;
      failures.push_back(std::move(failure));
    }
  }
  if (parsed->common.json) {
    auto out = to_json(runs);
    out["search"] = to_json(trials);
    out["failures"] = failures;
    std::cout << out.dump(2) << std::endl;
    return 0;
  }
  const auto print = [](const char* what, const study::RunCounts& counts) {
    std::printf("%s: %lld of %lld done, %lld failed, %lld running, %lld pending\n", what,
                static_cast<long long>(counts.done), static_cast<long long>(counts.total),
                static_cast<long long>(counts.failed),
                static_cast<long long>(counts.running),
                static_cast<long long>(counts.pending));
  };
  print("runs", runs);
  if (trials.total) print("search trials", trials);
  for (const auto& failure : failures) {
    std::printf("failed %.8s: %s\n", failure["id"].get<std::string>().c_str(),
                failure["reason"].get<std::string>().c_str());
  }
  return 0;
}

int reindex(Arguments arguments) {
  const auto parsed =
      parse("reindex", "make study.sqlite anew from the run directories", arguments);
  if (!parsed) return 0;
  const auto plan = study::make_plan(study::read_study(parsed->file, parsed->common.set));
  const fs::path folder = *parsed->common.out;
  require(fs::is_regular_file(folder / "study.toml"), folder.string(),
          " holds no study.toml; `medgraft study run` makes the folder");
  const auto state = study::read_study_state(plan, folder, claim_options());
  fs::remove(folder / "study.sqlite");
  study::Index(folder / "study.sqlite").replace(study::indexed_runs(plan, state));
  return 0;
}

void note_unaudited(const study::Plan& plan, const CommonOptions& common) {
  if (common.quiet) return;
  for (const auto& path : plan.unaudited) {
    std::fprintf(stderr, "%s\n", data::unaudited_note(path).c_str());
  }
}

std::atomic<int> stop_signal = 0;

// The first signal asks for clean checkpoints; a second one ends the scheduler, whose
// workers then get SIGTERM from the kernel.
void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { stop_signal = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

std::string in_words(double seconds) {
  if (std::isnan(seconds)) return "";
  if (seconds < 90) return text(", about ", std::lround(seconds), " s left");
  if (seconds < 5400) return text(", about ", std::lround(seconds / 60), " min left");
  return text(", about ", format_fixed(seconds / 3600, 1), " h left");
}

void print_progress(const study::Progress& progress) {
  std::string counts = text(progress.runs.done, "/", progress.runs.total, " runs");
  if (progress.trials.total) {
    counts += text(", ", progress.trials.done, "/", progress.trials.total, " trials");
  }
  if (const auto failed = progress.runs.failed + progress.trials.failed; failed) {
    counts += text(", ", failed, " failed");
  }
  std::fprintf(stderr, "[%s%s] %s\n", counts.c_str(),
               in_words(progress.remaining_seconds).c_str(), progress.event.c_str());
}

void print_summary(const study::Plan& plan, const study::StudyState& state,
                   const CommonOptions& common) {
  const auto runs = study::count_runs(state.runs);
  if (common.json) {
    auto out = to_json(runs);
    out["search"] = to_json(study::count_runs(state.trials));
    std::cout << out.dump(2) << std::endl;
    return;
  }
  if (common.quiet) return;
  for (size_t i = 0; i < plan.searches.size(); ++i) {
    const auto [low, high] =
        std::minmax_element(plan.searches[i].rates.begin(), plan.searches[i].rates.end());
    const auto& rate = state.rates[i];
    if (!rate || low == high || (*rate != *low && *rate != *high)) continue;
    const auto& row = plan.trials[plan.searches[i].trials.front()].row;
    std::fprintf(stderr, "note: %s %s %s chose lr %s, at the edge of its search\n",
                 row.task.c_str(), row.arm.c_str(), percent(row.fraction).c_str(),
                 format_number(*rate).c_str());
  }
  std::printf("%lld of %lld runs done; medgraft report %s --out %s writes the report\n",
              static_cast<long long>(runs.done), static_cast<long long>(runs.total),
              common.out->c_str(), (fs::path(*common.out) / "report.html").c_str());
}

int run(Arguments arguments) {
  const auto parsed = parse(
      "run", "do what is left of a study; killed, the same command goes on", arguments);
  if (!parsed) return 0;
  const auto plan = study::make_plan(study::read_study(parsed->file, parsed->common.set));
  const fs::path folder = *parsed->common.out;
  study::open_study_folder(plan, folder, parsed->common.force);
  note_unaudited(plan, parsed->common);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));

  study::SchedulerOptions options;
  options.folder = fs::absolute(folder);
  options.program = fs::path(executable_folder()) / "medgraft-compute";
  options.workers = parsed->workers;
  options.threads = parsed->common.threads > 0 ? parsed->common.threads
                                               : std::max(1, cores / parsed->workers);
  options.device = parsed->common.device;
  options.claims = claim_options();
  options.stop_signal = [] { return stop_signal.load(); };
  if (!parsed->common.quiet) options.report = print_progress;
  stop_on_signals();
  const auto outcome = study::run_study(plan, options);
  const auto left = study::count_runs(outcome.state.runs);
  if (outcome.stop_signal) {
    throw Stopped(text("stopped with ", left.done, " of ", left.total,
                       " runs done; the same command goes on"),
                  outcome.stop_signal == SIGINT ? 130 : 75);
  }
  print_summary(plan, outcome.state, parsed->common);
  if (outcome.num_failed > 0) return 1;
  return outcome.num_interrupted > 0 ? 75 : 0;
}

constexpr Command kCommands[] = {
    {"plan", "list the runs of a study and write its plan", plan_study},
    {"run", "do what is left of a study", run},
    {"status", "count a study's runs by status", show_status},
    {"reindex", "make study.sqlite anew from the run directories", reindex},
};

}  // namespace

int run_study(Arguments arguments) {
  return run_subcommand("study", kCommands, arguments);
}

}  // namespace medgraft::app
