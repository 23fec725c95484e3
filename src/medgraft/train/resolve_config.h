#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/train/hyper_rule_config.h"
#include "medgraft/train/run_config.h"

namespace medgraft::train {

/// What a run's `auto` settings depend on.
struct RunFacts {
  bool pretraining = false;
  bool multiclass = false;
  int64_t num_images = 0;  ///< Training images (cases, with fusion) of the fraction used.
  int64_t most_images = 1;  ///< Of any training case.
  int64_t image_height = 0, image_width = 0;
  std::string dataset_train_preprocess = "";  ///< Of dataset.toml; empty: none.
  std::string dataset_eval_preprocess = "";
  bool on_gpu = false;
};

inline void replace_all(std::string& text, const std::string& from,
                        const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// @return pixels a side to resize to before a random crop of `resolution`.
inline int64_t resize_before_crop(int64_t resolution) {
  const double factor = resolution < 96 ? 5.0 / 4 : 7.0 / 6;
  return std::llround(factor * static_cast<double>(resolution));
}

inline void resolve_preprocess(RunConfig& config, const RunFacts& facts) {
  int64_t resize = 0;
  if (config.data.resolution) {
    resize = resize_before_crop(*config.data.resolution);
  } else {
    const auto rule = hyper_rule_resolution(facts.image_height, facts.image_width);
    config.data.resolution = rule[0];
    resize = rule[1];
  }
  const auto fill = [&](std::string& program, const std::string& of_dataset,
                        const char* fallback) {
    if (program == "auto") program = of_dataset.empty() ? fallback : of_dataset;
    replace_all(program, "{resolution}", std::to_string(*config.data.resolution));
    replace_all(program, "{resize}", std::to_string(resize));
  };
  fill(config.preprocess.train, facts.dataset_train_preprocess,
       "decode|resize({resize})|random_crop({resolution})|hflip|to_rgb|normalize(-1,1)");
  fill(config.preprocess.eval, facts.dataset_eval_preprocess,
       "decode|resize({resolution})|to_rgb|normalize(-1,1)");
}

inline void resolve_schedule(TrainConfig& train, const RunFacts& facts) {
  const auto per_epoch =
      static_cast<double>(facts.num_images) / static_cast<double>(train.batch);
  require(!(train.steps && train.epochs),
          "train.steps and train.epochs are both set; give one of them");
  if (!train.steps) {
    const double epochs = train.epochs.value_or(kPretrainingEpochs);
    train.steps = train.epochs || facts.pretraining
                      ? std::max<int64_t>(1, std::llround(epochs * per_epoch))
                      : hyper_rule_steps(facts.num_images);
  }
  train.epochs.reset();
  const auto supports = scaled_supports(facts.num_images, *train.steps);
  if (!train.warmup_steps) {
    train.warmup_steps =
        facts.pretraining ? std::min(kPretrainingWarmup, *train.steps / 18) : supports[0];
  }
  if (train.schedule == "auto") train.schedule = "staircase";
  if (train.milestones.empty() && train.schedule == "staircase") {
    train.milestones = facts.pretraining ? pretraining_milestones(*train.steps)
                                         : std::vector<int64_t>(supports.begin() + 1,
                                                                supports.end() - 1);
  }
}

inline void require_one_of(const std::string& key, const std::string& value,
                           std::initializer_list<const char*> accepted) {
  std::string list;
  for (const char* name : accepted) {
    if (value == name) return;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  throw UserError(text(key, " is \"", value, "\"; accepted: ", list));
}

inline void check_fusion(const RunConfig& config) {
  const auto& model = config.model;
  require_one_of("model.fusion", model.fusion,
                 {"none", "mean", "max", "attention", "concat"});
  const auto needs_fusion = [&](const char* key, bool is_set) {
    require(!is_set || model.fusion != "none", key,
            " needs cases that are read as a whole, and model.fusion is \"none\"; "
            "accepted with it: mean, max, attention, concat");
  };
  needs_fusion("model.attributes", model.attributes && !model.attributes->empty());
  needs_fusion("model.view_dropout", model.view_dropout.value_or(0) != 0);
  needs_fusion("model.max_images", model.max_images.has_value());
  require(!model.views || model.fusion == "concat",
          "model.views names the places of concat, and model.fusion is \"", model.fusion,
          "\"; set it to \"concat\" or leave model.views out");
  require(!model.views || !model.views->empty(),
          "model.views is empty; leave it out, or name views such as \"L-CC\"");
  for (const auto* names : {&model.views, &model.attributes}) {
    if (!*names) continue;
    const std::set<std::string> distinct((*names)->begin(), (*names)->end());
    require(distinct.size() == (*names)->size(),
            names == &model.views ? "model.views" : "model.attributes",
            " names one of them twice");
  }
  const double dropout = model.view_dropout.value_or(0);
  require(dropout >= 0 && dropout < 1,
          "model.view_dropout must be at least 0 and below 1, got ",
          format_number(dropout));
  require(model.max_images.value_or(1) > 0, "model.max_images must be above 0, got ",
          model.max_images.value_or(1));
  require(
      model.fusion == "none" || config.train.mixup.value_or(0) == 0,
      "train.mixup mixes one image with another, which cases of several images do not "
      "allow; set it to 0, or model.fusion to \"none\"");
}

inline void check_ranges(const RunConfig& config) {
  const auto& train = config.train;
  const auto positive = [](const char* key, double value) {
    require(value > 0, key, " must be above 0, got ", format_number(value));
  };
  const auto share = [](const char* key, double value) {
    require(value > 0 && value <= 1, key, " must be above 0 and at most 1, got ",
            format_number(value));
  };
  share("data.train_fraction", config.data.train_fraction);
  share("data.val_fraction", config.data.val_fraction);
  positive("data.resolution", static_cast<double>(config.data.resolution.value_or(1)));
  positive("train.batch", static_cast<double>(train.batch));
  positive("train.micro_batch", static_cast<double>(train.micro_batch.value_or(1)));
  positive("train.steps", static_cast<double>(train.steps.value_or(1)));
  positive("train.epochs", train.epochs.value_or(1));
  positive("train.log_every", static_cast<double>(train.log_every));
  positive("train.evaluate_every", static_cast<double>(train.evaluate_every));
  require(train.lr.value_or(0) >= 0, "train.lr must not be negative, got ",
          format_number(train.lr.value_or(0)));
  require(train.mixup.value_or(0) >= 0, "train.mixup must not be negative, got ",
          format_number(train.mixup.value_or(0)));
  require(train.label_smoothing >= 0 && train.label_smoothing < 1,
          "train.label_smoothing must be at least 0 and below 1, got ",
          format_number(train.label_smoothing));
  require_one_of("train.schedule", train.schedule,
                 {"auto", "staircase", "cosine", "constant"});
  require_one_of("train.optimizer", train.optimizer, {"sgd", "adamw"});
  require_one_of("train.loss", train.loss, {"auto", "softmax", "sigmoid"});
  require_one_of("train.class_weights", train.class_weights, {"none", "balanced"});
  require_one_of("train.precision", train.precision, {"auto", "float32", "bf16"});
  require_one_of("train.select", train.select, {"auto", "auroc", "accuracy", "nll"});
  check_fusion(config);
  for (const auto& split : config.evaluate.splits) {
    require_one_of("evaluate.splits", split, {"val", "test"});
  }
}

// A case is computed as a whole: the largest bounds a micro-batch from below.
inline void resolve_case_size(RunConfig& config, const RunFacts& facts) {
  auto& train = config.train;
  const bool is_fused = config.model.fusion != "none";
  const int64_t largest =
      is_fused ? std::min(facts.most_images,
                          config.model.max_images.value_or(facts.most_images))
               : 1;
  if (!train.micro_batch) train.micro_batch = std::max(train.batch, largest);
  require(largest <= *train.micro_batch, "a training case shows ", largest,
          " images, which are computed together, and train.micro_batch is ",
          *train.micro_batch, "; raise it, or set model.max_images");
  if (!is_fused) return;
  auto& model = config.model;
  if (!model.attributes) model.attributes.emplace();
  if (!model.view_dropout) model.view_dropout = 0;
}

/// @return the MixUp of a run that leaves it open.
inline double default_mixup(const RunConfig& config, const RunFacts& facts) {
  if (facts.pretraining || config.model.fusion != "none") return 0;
  return hyper_rule_mixup(facts.num_images);
}

/// Replaces every `auto` of `config`. @throws UserError where a value is out of its
/// range.
inline void resolve(RunConfig& config, const RunFacts& facts) {
  check_ranges(config);
  resolve_preprocess(config, facts);
  auto& train = config.train;
  resolve_schedule(train, facts);
  resolve_case_size(config, facts);
  if (!train.lr) {
    train.lr = facts.pretraining ? 0.03 * static_cast<double>(train.batch) / 256 : 0.003;
  }
  if (!train.weight_decay) train.weight_decay = facts.pretraining ? 1e-4 : 0;
  if (!train.mixup) train.mixup = default_mixup(config, facts);
  require(train.loss != "softmax" || facts.multiclass,
          "train.loss is softmax, which needs a multiclass data set; use sigmoid");
  if (train.loss == "auto") train.loss = facts.multiclass ? "softmax" : "sigmoid";
  if (train.precision == "auto") train.precision = facts.on_gpu ? "bf16" : "float32";
  if (train.select == "auto") train.select = facts.multiclass ? "accuracy" : "auroc";
}

}  // namespace medgraft::train
