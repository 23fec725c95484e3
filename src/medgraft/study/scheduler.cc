#include "medgraft/study/scheduler.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/study/child_process.h"
#include "medgraft/study/failure_record.h"
#include "medgraft/study/index.h"
#include "medgraft/study/remaining_time.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

constexpr useconds_t kPollMicroseconds = 10'000;
constexpr double kLookElsewhereSeconds = 0.5;
constexpr double kWriteTablesSeconds = 2;

// Exit codes of a worker that stopped after a clean checkpoint.
constexpr int kPreempted = 75, kInterrupted = 130;

// One run or trial, and what this scheduler has done about it.
struct Job {
  const PlannedRun* run = nullptr;
  RunState* state = nullptr;
  bool is_trial = false;
  std::optional<size_t> upstream;  // Job that has to be done first.
  bool tried = false;              // Ended by this scheduler, well or not.
};

struct Worker {
  size_t job;
  Claim claim;
  ChildProcess process;
  double start;
};

class Scheduler {
 public:
  Scheduler(const Plan& plan, const SchedulerOptions& options)
      : plan_(plan),
        options_(options),
        claims_(options.folder / "claims"),
        state_(read_study_state(plan, options.folder, options.claims)) {
    make_jobs();
    write_tables(plan_, state_, options_.folder);
    open_index();
  }

  ScheduleOutcome run() {
    for (;;) {
      reap();
      const int stop = options_.stop_signal();
      if (stop && !stop_signal_) begin_stop(stop);
      if (!stop_signal_) start_what_is_ready();
      if (workers_.empty() && (stop_signal_ || !someone_else_works())) break;
      beat();
      look_elsewhere();
      write_tables_now_and_then();
      kill_after_grace();
      usleep(kPollMicroseconds);
    }
    sweep();
    write_tables(plan_, state_, options_.folder);
    return outcome();
  }

 private:
  void make_jobs() {
    std::map<std::string, size_t> by_id;
    for (size_t i = 0; i < plan_.runs.size(); ++i) {
      by_id[plan_.runs[i].row.id] = jobs_.size();
      jobs_.push_back({&plan_.runs[i], &state_.runs[i], false, {}, false});
    }
    for (size_t i = 0; i < plan_.trials.size(); ++i) {
      jobs_.push_back({&plan_.trials[i], &state_.trials[i], true, {}, false});
    }
    for (auto& job : jobs_) {
      const auto& upstream = job.run->row.upstream_id;
      if (!upstream.empty()) job.upstream = by_id.at(upstream);
    }
    for (size_t i = 0; i < jobs_.size(); ++i) order_.push_back(i);
    // Upstreams first, the longest of them before the others, since most runs wait for
    // them; then trials; then runs.
    const auto rank = [&](size_t i) {
      const auto& row = jobs_[i].run->row;
      return row.is_upstream() ? -row.fraction : jobs_[i].is_trial ? 1.0 : 2.0;
    };
    std::stable_sort(order_.begin(), order_.end(),
                     [&](size_t a, size_t b) { return rank(a) < rank(b); });
  }

  // A worker that outlived its scheduler ended its run, but not the claim on it.
  void sweep() const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(claims_, ignored)) {
      const auto name = entry.path().filename().string();
      const auto id = name.substr(0, name.find('.'));
      const auto job =
          std::find_if(jobs_.begin(), jobs_.end(),
                       [&](const Job& candidate) { return candidate.run->row.id == id; });
      if (job == jobs_.end()) continue;
      // A trial that diverged is over too: it is not tried again.
      const bool is_over = job->state->row.status == RunStatus::kDone ||
                           (job->is_trial && has_diverged(job->state->record));
      if (!is_over) continue;
      remove_stale_claims(claims_, id, options_.claims);
      if (!is_claimed(claims_, id, options_.claims)) fs::remove(log_of(*job), ignored);
    }
  }

  // The study goes on without its index: the run directories are the truth.
  void open_index() {
    try {
      index_.emplace(options_.folder / "study.sqlite");
      index_->replace(indexed_runs(plan_, state_));
    } catch (const UserError& error) {
      index_.reset();
      say(text("no index: ", error.what()));
    }
  }

  bool is_needed(const Job& job) const {
    const auto status = job.state->row.status;
    if (job.tried || status == RunStatus::kDone || status == RunStatus::kRunning)
      return false;
    if (!job.is_trial) return true;
    return !state_.rates[*job.run->search] && !has_diverged(job.state->record);
  }

  bool is_ready(const Job& job) const {
    if (!is_needed(job)) return false;
    if (job.upstream && jobs_[*job.upstream].state->row.status != RunStatus::kDone) {
      return false;
    }
    return job.is_trial || !job.run->search || state_.rates[*job.run->search];
  }

  void start_what_is_ready() {
    if (!changed_) return;
    for (const size_t index : order_) {
      if (workers_.size() >= static_cast<size_t>(options_.workers)) return;
      if (is_ready(jobs_[index])) start(index);
    }
    changed_ = false;
  }

  fs::path folder_of_job(const Job& job) const {
    return options_.folder / folder_of(*job.run, job.is_trial);
  }

  void start(size_t index) {
    auto& job = jobs_[index];
    auto claim = Claim::acquire(claims_, job.run->row.id, options_.claims);
    const auto folder = folder_of_job(job);
    const auto known = std::exchange(job.state->record, read_run_record(folder));
    const auto status = job.state->record.status;
    // Another scheduler has it, or has ended it since: what failed there a moment ago
    // would fail here too, and is for the next `run` to try.
    job.tried = status == RunStatus::kFailed && job.state->record.values != known.values;
    if (!claim || status == RunStatus::kDone || job.tried) {
      if (claim) claim->release();
      settle(job, claim ? status : RunStatus::kRunning);
      return;
    }
    try {
      fs::create_directories(folder);
      const auto rate = job.is_trial || !job.run->search ? std::nullopt
                                                         : state_.rates[*job.run->search];
      write_file_atomically(folder / "config.toml",
                            config_text(*job.run, rate, job.is_trial));
      ChildProcess process(command(job, folder), log_of(job));
      claim->name_worker(process.pid());
      workers_.push_back({index, std::move(*claim), process, monotonic_seconds()});
    } catch (...) {
      claim->release();
      throw;
    }
    settle(job, RunStatus::kRunning);
    say("started " + describe(job));
  }

  std::vector<std::string> command(const Job& job, const fs::path& folder) const {
    return {options_.program.string(),
            job.run->row.is_upstream() ? "pretrain" : "finetune",
            (folder / "config.toml").string(),
            "--out",
            folder.string(),
            "--quiet",
            "--threads",
            std::to_string(options_.threads),
            "--device",
            options_.device,
            "--test-access-log",
            (options_.folder / "test_access.jsonl").string()};
  }

  fs::path log_of(const Job& job) const {
    return claims_ / (job.run->row.id + ".stderr");
  }

  void reap() {
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      const auto ended = worker->process.poll();
      if (!ended) {
        ++worker;
        continue;
      }
      finish(*worker, *ended);
      worker = workers_.erase(worker);
    }
  }

  void finish(Worker& worker, int wait_status) {
    auto& job = jobs_[worker.job];
    const auto folder = folder_of_job(job);
    const auto before = job.state->record;
    auto record = read_run_record(folder);
    job.tried = true;
    std::error_code ignored;
    const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    if (code == 0 && record.status == RunStatus::kDone) {
      settle(job, RunStatus::kDone, std::move(record));
      remaining_.add(*job.run, monotonic_seconds() - worker.start);
      say("done " + describe(job) + best_of(job));
    } else if (code == kPreempted || code == kInterrupted ||
               (stop_signal_ && !WIFEXITED(wait_status))) {
      ++num_interrupted_;
      settle(job, RunStatus::kPending, std::move(record));
      say("stopped " + describe(job) + ": " + last_message(log_of(job)));
    } else {
      const bool is_own_record =
          record.status == RunStatus::kFailed && record.values != before.values;
      if (!is_own_record) {
        auto reason = last_message(log_of(job));
        if (reason.empty()) reason = "the worker ended with " + describe_end(wait_status);
        record_failure(*job.run, folder, reason);
        record = read_run_record(folder);
      }
      settle(job, RunStatus::kFailed, std::move(record));
      say("failed " + describe(job) + ": " + job.state->record.reason);
    }
    fs::remove(log_of(job), ignored);
    worker.claim.release();
  }

  void settle(Job& job, RunStatus status) {
    job.state->row.status = status;
    changed_ = tables_changed_ = true;
    if (job.is_trial && status != RunStatus::kRunning) {
      job.state->score = trial_score(plan_, *job.state, folder_of_job(job));
      choose(*job.run->search);
    }
    if (!index_) return;
    try {
      index_->put({job.state->row, job.is_trial,
                   job.run->config.train.lr.value_or(std::nan("")), job.state->record});
    } catch (const UserError& error) {
      index_.reset();
      say(text("no index: ", error.what()));
    }
  }

  void settle(Job& job, RunStatus status, RunRecord record) {
    job.state->record = std::move(record);
    settle(job, status);
  }

  void choose(size_t search) {
    auto& rate = state_.rates[search];
    if (rate) return;
    rate = choose_rate(plan_, plan_.searches[search], state_.trials);
    changed_ = true;
  }

  bool someone_else_works() const {
    return std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
      return job.state->row.status == RunStatus::kRunning && !is_mine(job);
    });
  }

  bool is_mine(const Job& job) const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [&](const Worker& worker) { return &jobs_[worker.job] == &job; });
  }

  // Runs that other schedulers hold may have ended, or lost their process.
  void look_elsewhere() {
    const double now = monotonic_seconds();
    if (now < next_look_) return;
    next_look_ = now + kLookElsewhereSeconds;
    for (auto& job : jobs_) {
      if (job.state->row.status != RunStatus::kRunning || is_mine(job)) continue;
      if (is_claimed(claims_, job.run->row.id, options_.claims)) {
        end_orphan(job, now);
        continue;
      }
      auto record = read_run_record(folder_of_job(job));
      const bool has_ended =
          record.status == RunStatus::kDone || record.status == RunStatus::kFailed;
      job.tried = record.status == RunStatus::kFailed;
      const auto status = has_ended ? record.status : RunStatus::kPending;
      settle(job, status, std::move(record));
    }
  }

  // A worker whose scheduler was killed has been told to stop; one that hangs is killed.
  void end_orphan(const Job& job, double now) {
    const auto& id = job.run->row.id;
    const auto worker = orphaned_worker(claims_, id, options_.claims);
    if (!worker) return;
    const double since = orphans_.emplace(id, now).first->second;
    if (now - since > options_.grace_seconds) kill(*worker, SIGKILL);
  }

  void beat() {
    const double now = monotonic_seconds();
    if (now < next_beat_) return;
    next_beat_ = now + options_.heartbeat_seconds;
    for (auto& worker : workers_) {
      // This process slept past its claim and another has the run now.
      if (!worker.claim.renew()) worker.process.send(SIGKILL);
    }
  }

  void write_tables_now_and_then() {
    const double now = monotonic_seconds();
    if (!tables_changed_ || now < next_write_) return;
    next_write_ = now + kWriteTablesSeconds;
    tables_changed_ = false;
    write_tables(plan_, state_, options_.folder);
  }

  void begin_stop(int signal) {
    stop_signal_ = signal;
    stop_time_ = monotonic_seconds();
    for (const auto& worker : workers_) worker.process.send(SIGTERM);
    say(text("stopping; ", workers_.size(), " workers write their checkpoints"));
  }

  void kill_after_grace() {
    if (!stop_signal_ || monotonic_seconds() - stop_time_ < options_.grace_seconds)
      return;
    for (const auto& worker : workers_) worker.process.send(SIGKILL);
  }

  static std::string describe(const Job& job) {
    const auto& row = job.run->row;
    const auto share = text(std::lround(row.fraction * 1000) / 10.0, "%");
    if (row.is_upstream()) return text("upstream ", row.arm, " seed ", row.seed);
    return text(job.is_trial ? "trial " : "", row.task, " ", row.resolution, " px ",
                share, " ", row.arm, " seed ", row.seed,
                job.is_trial ? text(" lr ", *job.run->config.train.lr) : std::string());
  }

  static std::string best_of(const Job& job) {
    const auto& best = job.state->record.best;
    return best ? text(": ", best->split, " ", best->metric, " ", best->value) : "";
  }

  void say(const std::string& event) {
    Progress progress{event, count_runs(state_.runs), count_runs(state_.trials),
                      std::numeric_limits<double>::quiet_NaN()};
    std::vector<const PlannedRun*> left;
    for (const auto& job : jobs_) {
      if (is_needed(job) || is_mine(job)) left.push_back(job.run);
    }
    progress.remaining_seconds = remaining_.seconds(left, options_.workers);
    options_.report(progress);
  }

  ScheduleOutcome outcome() const {
    ScheduleOutcome outcome{state_, stop_signal_, num_interrupted_, 0};
    for (const auto& job : jobs_) {
      if (job.state->row.status != RunStatus::kFailed) continue;
      const bool is_result = job.is_trial && (has_diverged(job.state->record) ||
                                              state_.rates[*job.run->search]);
      if (!is_result) ++outcome.num_failed;
    }
    return outcome;
  }

  const Plan& plan_;
  const SchedulerOptions& options_;
  const fs::path claims_;
  StudyState state_;
  std::vector<Job> jobs_;
  std::vector<size_t> order_;
  std::list<Worker> workers_;
  std::map<std::string, double> orphans_;  // By run: when first seen.
  std::optional<Index> index_;
  RemainingTime remaining_;
  bool changed_ = true, tables_changed_ = false;
  double next_beat_ = 0, next_look_ = 0, next_write_ = 0, stop_time_ = 0;
  int stop_signal_ = 0, num_interrupted_ = 0;
};

}  // namespace

ScheduleOutcome run_study(const Plan& plan, const SchedulerOptions& options) {
  return Scheduler(plan, options).run();
}

}  // namespace medgraft::study
