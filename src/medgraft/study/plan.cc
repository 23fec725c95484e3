#include "medgraft/study/plan.h"

#include <algorithm>
#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/config/identity.h"
#include "medgraft/study/study_inputs.h"
#include "medgraft/train/resolve_config.h"
#include "medgraft/train/run_identity_config.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

std::string settings_path(const char* list, size_t index) {
  return text(list, "[", index, "].train");
}

// Whatever HyperRule would read off the number of images is fixed at what the whole data
// set gives, so that along a curve of fractions nothing but the data changes.
void resolve_task(const Study& study, size_t index, TaskConfig& task,
                  StudyInputs& inputs) {
  train::RunConfig run;
  apply_settings(study.document, task.train, settings_path("task", index), run);
  const auto& digest = inputs.training_dataset(task.dataset.value, run.data.allow_leaks);
  if (task.resolutions.empty()) {
    task.resolutions = {inputs.hyper_rule_resolution(task.dataset.value)};
  }
  train::RunFacts facts;
  const bool by_case = run.model.fusion != "none";
  facts.num_images = by_case ? digest.num_train_cases : digest.num_train_images;
  train::check_ranges(run);
  train::resolve_schedule(run.train, facts);
  if (const auto nested = task.train.find("train"); nested != task.train.end()) {
    const auto settings = *nested;
    task.train.erase("train");
    task.train.update(settings);
  }
  task.train.erase("epochs");
  task.train["steps"] = *run.train.steps;
  task.train["warmup_steps"] = *run.train.warmup_steps;
  if (!run.train.milestones.empty()) task.train["milestones"] = run.train.milestones;
  if (!run.train.mixup) task.train["mixup"] = train::default_mixup(run, facts);
  const auto& primary = study.config.analysis.primary;
  const bool can_select = primary == "auroc" || primary == "accuracy" || primary == "nll";
  if (run.train.select == "auto" && can_select) task.train["select"] = primary;
  if (!task.search.lr.empty() && task.search.seeds.empty()) task.search.seeds = {0};
}

void resolve_upstream(const Study& study, size_t index, UpstreamConfig& upstream,
                      StudyInputs& inputs) {
  if (upstream.dataset.value.empty()) return;
  train::RunConfig run;
  apply_settings(study.document, upstream.train, settings_path("upstream", index), run);
  train::check_ranges(run);
  inputs.training_dataset(upstream.dataset.value, run.data.allow_leaks);
  if (!run.data.resolution) {
    upstream.train["data"]["resolution"] =
        inputs.hyper_rule_resolution(upstream.dataset.value);
  }
}

std::string checkpoint_of(const UpstreamConfig& upstream,
                          const std::string& architecture) {
  constexpr std::string_view kPlaceholder = "{architecture}";
  auto path = upstream.checkpoint.value;
  for (auto at = path.find(kPlaceholder); at != std::string::npos;
       at = path.find(kPlaceholder, at + architecture.size())) {
    path.replace(at, kPlaceholder.size(), architecture);
  }
  return path;
}

// Builds the product; holds what every part of it needs.
class Planner {
 public:
  explicit Planner(const Study& study) : document_(study.document) {
    plan_.config = study.config;
    for (size_t i = 0; i < plan_.config.upstream.size(); ++i) {
      resolve_upstream(study, i, plan_.config.upstream[i], inputs_);
    }
    for (size_t i = 0; i < plan_.config.task.size(); ++i) {
      resolve_task(study, i, plan_.config.task[i], inputs_);
    }
  }

  Plan plan() && {
    for (const auto& part : upstream_parts(plan_.config)) {
      if (part.upstream->dataset.value.empty()) continue;
      for (const auto& architecture : plan_.config.study.architectures) {
        for (const int64_t seed : part.upstream->seeds) {
          add_upstream(part, architecture, seed);
        }
      }
    }
    for (size_t i = 0; i < plan_.config.task.size(); ++i) add_task(i);
    check_ids();
    plan_.unaudited = inputs_.unaudited();
    return std::move(plan_);
  }

 private:
  struct Cell {
    size_t task_index;
    int64_t resolution;
    double fraction;
    const UpstreamPart& part;
    const std::string& architecture;
  };

  void add_upstream(const UpstreamPart& part, const std::string& architecture,
                    int64_t seed) {
    const auto& upstream = *part.upstream;
    PlannedRun run;
    auto& config = run.config;
    // Upstream test images answer no question of the study: they stay unread.
    config.evaluate.splits = {"val"};
    const auto index = static_cast<size_t>(&upstream - plan_.config.upstream.data());
    apply_settings(document_, upstream.train, settings_path("upstream", index), config);
    config.data.dataset = upstream.dataset;
    config.data.train_fraction = part.fraction;
    config.model.architecture = architecture;
    config.model.init.value = "scratch";
    config.train.seed = seed;
    auto& row = run.row;
    row.upstream = part.label;
    row.architecture = architecture;
    row.resolution = config.data.resolution.value_or(0);
    row.fraction = row.upstream_fraction = part.fraction;
    row.seed = row.upstream_seed = seed;
    row.arm = part.label + " " + architecture;
    row.id = id_of("pretrain", run);
    upstream_ids_[{part.label, architecture, seed}] = row.id;
    plan_.runs.push_back(std::move(run));
  }

  void add_task(size_t index) {
    const auto& task = plan_.config.task[index];
    const auto parts = upstream_parts(plan_.config);
    for (const int64_t resolution : task.resolutions) {
      for (const double fraction : task.fractions) {
        for (const auto& architecture : plan_.config.study.architectures) {
          for (const auto& part : parts) {
            add_cell({index, resolution, fraction, part, architecture});
          }
        }
      }
    }
  }

  void add_cell(const Cell& cell) {
    const auto& search = plan_.config.task[cell.task_index].search;
    std::optional<size_t> search_index;
    if (!search.lr.empty()) {
      search_index = plan_.searches.size();
      plan_.searches.push_back({{}, search.lr});
      for (size_t i = 0; i < search.seeds.size(); ++i) {
        for (const double lr : search.lr) add_trial(cell, i, lr);
      }
    }
    const auto& seeds = plan_.config.study.seeds;
    for (size_t i = 0; i < seeds.size(); ++i) {
      auto run = finetune(cell, i, seeds[i]);
      run.search = search_index;
      run.config.search = search;
      run.row.id = id_of("finetune", run);
      plan_.runs.push_back(std::move(run));
    }
  }

  void add_trial(const Cell& cell, size_t seed_index, double lr) {
    const auto& search = plan_.config.task[cell.task_index].search;
    auto trial = finetune(cell, seed_index, search.seeds[seed_index]);
    auto& train = trial.config.train;
    const int64_t full_steps = train.steps.value_or(1);
    const int64_t steps = search.steps.value_or(full_steps);
    // The whole schedule runs within the shorter trial.
    const auto shorten = [&](int64_t step) { return step * steps / full_steps; };
    for (auto& milestone : train.milestones) milestone = shorten(milestone);
    if (train.warmup_steps) train.warmup_steps = shorten(*train.warmup_steps);
    train.steps = steps;
    train.lr = lr;
    trial.config.evaluate.splits = {"val"};
    trial.config.evaluate.ood.clear();
    trial.search = plan_.searches.size() - 1;
    trial.row.id = id_of("finetune", trial);
    plan_.searches.back().trials.push_back(plan_.trials.size());
    plan_.trials.push_back(std::move(trial));
  }

  PlannedRun finetune(const Cell& cell, size_t seed_index, int64_t seed) {
    const auto& task = plan_.config.task[cell.task_index];
    const auto& upstream = *cell.part.upstream;
    PlannedRun run;
    auto& config = run.config;
    apply_settings(document_, task.train, settings_path("task", cell.task_index), config);
    config.data.dataset = task.dataset;
    config.data.train_fraction = config.data.val_fraction = cell.fraction;
    config.data.resolution = cell.resolution;
    config.model.architecture = cell.architecture;
    config.train.seed = seed;
    config.evaluate.ood = task.ood;
    auto& row = run.row;
    row.upstream = cell.part.label;
    row.architecture = cell.architecture;
    row.task = task.name;
    row.resolution = cell.resolution;
    row.fraction = cell.fraction;
    row.seed = seed;
    row.upstream_fraction = cell.part.fraction;
    row.upstream_seed = upstream.seeds[seed_index % upstream.seeds.size()];
    row.arm = cell.part.label + " " + cell.architecture;
    if (!upstream.dataset.value.empty()) {
      row.upstream_id =
          upstream_ids_.at({cell.part.label, cell.architecture, row.upstream_seed});
    } else if (!upstream.checkpoint.value.empty()) {
      config.model.init.value = checkpoint_of(upstream, cell.architecture);
    } else {
      config.model.init.value = "scratch";
    }
    return run;
  }

  std::string id_of(const std::string& command, const PlannedRun& run) {
    const auto digest_of = [&](const Path& path) {
      const auto& digest = inputs_.dataset(path.value);
      return train::DatasetDigest{digest.manifest_sha256, digest.info_sha256};
    };
    train::RunInputs inputs{command, digest_of(run.config.data.dataset), {}, {}};
    for (const auto& ood : run.config.evaluate.ood) {
      inputs.ood[ood.name] = digest_of(ood.dataset);
    }
    inputs.init = run.row.upstream_id.empty()
                      ? inputs_.initialization(run.config.model.init.value)
                      : json{{"run", run.row.upstream_id}};
    return config::run_id(train::run_identity(run.config, inputs));
  }

  void check_ids() const {
    std::map<std::string, const PlanRow*> seen;
    for (const auto& run : plan_.runs) {
      const auto [found, is_new] = seen.emplace(run.row.id, &run.row);
      require(is_new, "two parts of the study are the same run: ", found->second->task,
              " ", found->second->arm, " and ", run.row.task, " ", run.row.arm, ", seed ",
              run.row.seed, "; remove one, or change what it does");
    }
  }

  const config::Document& document_;
  Plan plan_;
  StudyInputs inputs_;
  std::map<std::tuple<std::string, std::string, int64_t>, std::string> upstream_ids_;
};

// Keys of a table without what is unset, so that a reader sees what was decided.
json without_nulls(const json& values) {
  auto out = json::object();
  for (const auto& [key, value] : values.items()) {
    if (value.is_null()) continue;
    out[key] = value.is_object() ? without_nulls(value) : value;
  }
  return out;
}

}  // namespace

fs::path folder_of(const PlannedRun& run, bool is_trial) {
  return fs::path(is_trial ? "searches" : "runs") / run.row.id;
}

std::string config_text(const PlannedRun& run, std::optional<double> lr, bool is_trial) {
  auto config = run.config;
  if (lr) config.train.lr = lr;
  if (!run.row.upstream_id.empty()) {
    config.model.init.value = (is_trial ? "../../runs/" : "../") + run.row.upstream_id;
  }
  auto values = without_nulls(config::fields_to_json(config));
  if (values["search"]["lr"].empty()) values.erase("search");
  return config::to_toml(values);
}

Plan make_plan(const Study& study) { return Planner(study).plan(); }

}  // namespace medgraft::study
