#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/config/fields.h"

namespace medgraft::train {

using config::Path;
using config::Role;

struct DataConfig {
  Path dataset;
  double train_fraction = 1;
  double val_fraction = 1;
  int64_t subset_seed = 0;
  std::optional<int64_t> resolution;
  int64_t max_unreadable = 0;
  bool allow_leaks = false;
  int64_t cache_megabytes = 512;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("dataset", dataset, "data set: folder with a dataset.toml, or that file");
    field("train_fraction", train_fraction,
          "share of the training patients; smaller subsets are part of larger ones");
    field("val_fraction", val_fraction, "share of the validation patients, nested too");
    field("subset_seed", subset_seed, "which nested subsets");
    field(
        "resolution", resolution,
        "pixels a side; auto: 128 where images are under 96 x 96, else 384 (HyperRule)");
    field("max_unreadable", max_unreadable,
          "unreadable images to go on without; each is listed", Role::kBookkeeping);
    field("allow_leaks", allow_leaks,
          "train although patients or, by `data audit`, images are in several splits",
          Role::kBookkeeping);
    field("cache_megabytes", cache_megabytes, "memory for decoded images",
          Role::kBookkeeping);
  }
};

struct ModelConfig {
  std::string architecture = "R50x1";
  Path init;
  std::string fusion = "none";
  // Unset where newer than identity version 1: an unset setting is in no run's id.
  std::optional<std::vector<std::string>> views, attributes;
  std::optional<double> view_dropout;
  std::optional<int64_t> max_images;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("architecture", architecture, "a name that `medgraft model list` prints");
    field("init", init,
          "run directory, .safetensors, .npz, \"scratch\" or \"mean_var:PATH\"");
    field("fusion", fusion,
          "of a case's images: none (each predicted, probabilities averaged), mean, max, "
          "attention, or concat by view");
    field(
        "views", views,
        "concat's, as LATERALITY-VIEW such as L-CC; auto: those of the training images");
    field("attributes", attributes,
          "attributes of a case that the head reads beside its images; auto: none");
    field("view_dropout", view_dropout,
          "probability that a training step leaves out an image of a case of several; "
          "auto: 0");
    field("max_images", max_images,
          "images of a case in a training step, drawn anew each time; auto: all");
  }
};

struct PreprocessConfig {
  std::string train = "auto";
  std::string eval = "auto";

  template <class Visitor>
  void visit(Visitor&& field) {
    field("train", train,
          "auto: decode|resize({resize})|random_crop({resolution})|hflip|to_rgb|"
          "normalize(-1,1)");
    field("eval", eval, "auto: decode|resize({resolution})|to_rgb|normalize(-1,1)");
  }
};

struct TrainConfig {
  int64_t seed = 0;
  std::optional<int64_t> steps;
  std::optional<double> epochs;
  int64_t batch = 512;
  std::optional<int64_t> micro_batch;
  std::optional<double> lr;
  std::string schedule = "auto";
  std::vector<int64_t> milestones;
  double decay = 0.1;
  std::optional<int64_t> warmup_steps;
  std::string optimizer = "sgd";
  double momentum = 0.9;
  std::optional<double> weight_decay;
  std::optional<double> mixup;
  std::string loss = "auto";
  double label_smoothing = 0;
  std::string class_weights = "none";
  std::string precision = "auto";
  std::string select = "auto";
  int64_t log_every = 10;
  int64_t evaluate_every = 50;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("seed", seed, "seed of order, augmentation, MixUp and initialization");
    field("steps", steps, "optimizer steps; auto: HyperRule's, by the number of images");
    field("epochs", epochs, "steps as passes over the training images");
    field("batch", batch,
          "images a step (cases, with fusion), over all ranks and micro-batches");
    field("micro_batch", micro_batch,
          "images at a time; auto: the whole batch (with fusion: train.batch images)",
          Role::kBookkeeping);
    field("lr", lr, "peak learning rate; auto: 0.003, pretrain 0.03 x batch / 256");
    field("schedule", schedule,
          "staircase, cosine or constant; auto: HyperRule's staircase");
    field("milestones", milestones,
          "steps at which the staircase falls; auto: 60, 80 and 100% less warm-up "
          "(HyperRule's shape), pretrain 33, 67 and 89%");
    field("decay", decay, "factor of each fall");
    field("warmup_steps", warmup_steps, "steps of linear warm-up; auto: HyperRule's");
    field("optimizer", optimizer, "sgd or adamw");
    field("momentum", momentum, "of sgd");
    field("weight_decay", weight_decay,
          "L2 penalty (sgd), decoupled (adamw); auto: 0, pretrain 0.0001");
    field("mixup", mixup,
          "alpha; 0 switches it off; auto: HyperRule's, by number of images; 0 with "
          "fusion");
    field("loss", loss, "softmax or sigmoid; auto: by the kind of labels");
    field("label_smoothing", label_smoothing, "0 to 1");
    field("class_weights", class_weights, "none or balanced");
    field("precision", precision, "float32 or bf16; auto: float32 on CPU, bf16 on GPU");
    field("select", select,
          "validation metric of the kept weights; auto: auroc, accuracy in multi-class");
    field("log_every", log_every, "steps between lines of metrics.jsonl",
          Role::kBookkeeping);
    field("evaluate_every", evaluate_every,
          "steps between validations, with a checkpoint at each");
  }
};

struct OodConfig {
  std::string name;
  Path dataset;
  std::map<std::string, std::string> labels;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "its name in predictions_ood-NAME.csv");
    field("dataset", dataset, "the other data set");
    field("labels", labels, "training label = label there; empty: the same names");
  }
};

struct EvaluateConfig {
  std::vector<std::string> splits = {"val", "test"};
  std::vector<OodConfig> ood;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("splits", splits, "predicted once, by the selected model");
    field("ood", ood, "data sets to predict beside them: [{name, dataset, labels}]");
  }
};

/// How a learning rate was chosen before this run, by a study. Part of the run's identity
/// in place of the chosen value, so that ids are known before the search has run.
struct SearchConfig {
  std::vector<double> lr;
  std::optional<int64_t> steps;
  std::vector<int64_t> seeds;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("lr", lr, "learning rates tried");
    field("steps", steps, "steps of each trial");
    field("seeds", seeds, "seeds of the trials");
  }
};

/// The configuration of `medgraft finetune` and `medgraft pretrain`.
struct RunConfig {
  DataConfig data;
  ModelConfig model;
  PreprocessConfig preprocess;
  TrainConfig train;
  EvaluateConfig evaluate;
  SearchConfig search;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("data", data, "");
    field("model", model, "");
    field("preprocess", preprocess, "");
    field("train", train, "");
    field("evaluate", evaluate, "");
    field("search", search, "");
  }
};

}  // namespace medgraft::train
