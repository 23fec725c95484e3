#include "medgraft/train/loop.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <csignal>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/time.h"
#include "medgraft/train/bf16_region.h"
#include "medgraft/train/case_sampler.h"
#include "medgraft/train/optimizer.h"
#include "medgraft/train/schedule.h"
#include "medgraft/train/validation.h"

namespace medgraft::train {
namespace {

constexpr int kPreempted = 75;
constexpr int kInterrupted = 130;

models::NamedTensors copy_of(const models::Bit& network) {
  models::NamedTensors copies;
  for (const auto& [name, tensor] : network.parameters()) {
    copies[name] = tensor.detach().clone();
  }
  return copies;
}

ViewSampling views_of(const ModelConfig& model) {
  return {model.fusion != "none", model.max_images.value_or(0),
          model.view_dropout.value_or(0)};
}

// Weight of each class so that classes count alike; K values that average 1 over labels.
at::Tensor balanced_weights(const CaseSet& set) {
  const auto positives = (set.loss.values * set.loss.weights).sum(0).clamp_min(1);
  return positives.mean() / positives;
}

class Loop {
 public:
  Loop(const RunConfig& config, models::CaseNetwork& network, const CaseSet& training,
       const CaseSet& validation, RunWriter& writer, const LoopEnvironment& environment)
      : config_(config),
        network_(network),
        training_(training),
        validation_(validation),
        writer_(writer),
        environment_(environment),
        kind_(config.train.loss == "softmax" ? LossKind::kSoftmax : LossKind::kSigmoid),
        optimizer_(config.train, network.parameters()),
        sampler_(training, config.train.batch, seed(), views_of(config.model)) {
    if (config.train.class_weights == "balanced")
      class_weights_ = balanced_weights(training);
  }

  Best run() {
    resume();
    const double started = monotonic_seconds() - seconds_;
    const auto stream = open_stream();
    for (; step_ < config_.train.steps.value();) {
      const double before = monotonic_seconds();
      const double loss = train_one(*stream);
      ++step_;
      stretch_seconds_ += monotonic_seconds() - before;
      const double rate =
          static_cast<double>(stretch_images_) / std::max(stretch_seconds_, 1e-9);
      seconds_ = monotonic_seconds() - started;
      record(loss, rate);
      if (environment_.progress) environment_.progress(step_, rate, loss);
      const bool last = step_ == config_.train.steps.value();
      const bool due = last || step_ % config_.train.evaluate_every == 0;
      if (due) evaluate();
      const int signal = environment_.stop_signal ? environment_.stop_signal->load() : 0;
      if (due || signal != 0) save();
      if (signal != 0 && !last) stop(signal);
    }
    if (!best_) best_ = Best{"", 0, step_, copy_of(network_)};
    return *best_;
  }

 private:
  uint64_t seed() const { return static_cast<uint64_t>(config_.train.seed); }

  void resume() {
    auto checkpoint = load_checkpoint(writer_.folder() / "checkpoint");
    writer_.cut_back(checkpoint ? checkpoint->lengths : std::map<std::string, int64_t>{});
    if (!checkpoint) return writer_.log(environment_.description);
    const at::NoGradGuard no_grad;
    for (const auto& [name, tensor] : network_.parameters()) {
      const auto found = checkpoint->weights.find(name);
      require(
          found != checkpoint->weights.end() && found->second.sizes() == tensor.sizes(),
          "the checkpoint has no fitting ", name);
      tensor.copy_(found->second);
    }
    optimizer_.restore(checkpoint->optimizer);
    best_ = std::move(checkpoint->best);
    step_ = checkpoint->step;
    seconds_ = checkpoint->seconds;
    writer_.log(text("resumed at step ", step_));
  }

  std::unique_ptr<ImageStream> open_stream() {
    // The stream reads ahead on its own thread: it has a sampler of its own.
    auto plan = [sampler = sampler_, step = step_, last = *config_.train.steps]() mutable
        -> std::optional<std::vector<SampledImage>> {
      if (step >= last) return std::nullopt;
      return sampler.batch(step++).images;
    };
    return training_.source->open(std::move(plan));
  }

  Targets targets_of(const SampledRows& batch, const std::vector<bool>& is_blank) {
    const auto index = at::tensor(batch.case_of_row, at::kLong);
    Targets targets{training_.loss.values.index_select(0, index),
                    training_.loss.weights.index_select(0, index)};
    for (size_t row = 0; row < is_blank.size(); ++row) {
      if (is_blank[row]) targets.weights[static_cast<int64_t>(row)].zero_();
    }
    if (class_weights_.defined()) apply_class_weights(targets);
    return targets;
  }

  void apply_class_weights(Targets& targets) const {
    if (kind_ == LossKind::kSoftmax) {
      const auto of_row = (targets.values * class_weights_).sum(1, /*keepdim=*/true);
      targets.weights = targets.weights * of_row;
    } else {
      targets.weights =
          targets.weights * (targets.values * class_weights_ + (1 - targets.values));
    }
  }

  // All images of the step in order; unreadable ones are zeros.
  at::Tensor whole_batch(const ImageBatch& images, int64_t num_images) const {
    require(images.groups.size() == 1,
            "training images differ in size after preprocess.train; end it with a "
            "random_crop or resize to one size");
    const auto& group = images.groups.front();
    if (images.unreadable.empty()) return group.images;
    auto sizes = group.images.sizes().vec();
    sizes[0] = num_images;
    auto all = at::zeros(sizes, group.images.options())
                   .contiguous(at::MemoryFormat::ChannelsLast);
    return all.index_copy_(0, at::tensor(group.positions, at::kLong), group.images);
  }

  models::CaseLayout layout(const SampledRows& batch, const RowPart& part) const {
    if (!network_.is_fused()) return {};
    std::vector<int64_t> images, rows;
    for (int64_t i = part.first_image; i < part.first_image + part.num_images; ++i) {
      images.push_back(batch.images[static_cast<size_t>(i)].index);
      rows.push_back(batch.row_of_image[static_cast<size_t>(i)] - part.first_row);
    }
    const auto first = batch.case_of_row.begin() + part.first_row;
    return layout_of(training_, images, rows, {first, first + part.num_rows});
  }

  double train_one(ImageStream& stream) {
    auto batch = sampler_.batch(step_);
    const auto loaded = stream.next();
    MEDGRAFT_CHECK(loaded.has_value(), "the stream ended at step ", step_);
    auto images = whole_batch(*loaded, std::ssize(batch.images));
    const auto readable = leave_out(batch, loaded->unreadable);
    if (std::ssize(readable.kept) < images.size(0)) {
      images = images.index_select(0, at::tensor(readable.kept, at::kLong))
                   .contiguous(at::MemoryFormat::ChannelsLast);
    }
    const auto targets = targets_of(batch, readable.is_blank);
    stretch_images_ += std::ssize(batch.images);
    const auto mixup =
        draw_mixup(config_.train.mixup.value(), config_.train.batch, seed(), step_);
    at::Tensor partner;
    if (!mixup.partner.empty()) {
      partner = at::tensor(mixup.partner, at::kLong);
      images =
          images * mixup.lambda + images.index_select(0, partner) * (1 - mixup.lambda);
    }

    double loss = 0;
    for (const auto& part : split_rows(batch.row_of_image, *config_.train.micro_batch)) {
      const auto logits = forward(images.narrow(0, part.first_image, part.num_images),
                                  layout(batch, part));
      auto of_part = loss_of(logits, targets, part, {}) * mixup.lambda;
      if (partner.defined()) {
        of_part = of_part + loss_of(logits, targets, part, partner) * (1 - mixup.lambda);
      }
      of_part = of_part / static_cast<double>(config_.train.batch);
      of_part.backward();
      loss += of_part.item<double>();
    }
    if (!std::isfinite(loss)) diverged(batch.case_of_row, loss);
    optimizer_.step(learning_rate(config_.train, step_));
    return loss;
  }

  at::Tensor forward(const at::Tensor& images, const models::CaseLayout& layout) const {
    if (config_.train.precision != "bf16") return network_.forward(images, layout);
    const Bf16Region region;
    return network_.forward(images, layout).to(at::kFloat);
  }

  at::Tensor loss_of(const at::Tensor& logits, const Targets& targets,
                     const RowPart& part, const at::Tensor& partner) const {
    const auto rows = [&](const at::Tensor& of_batch) {
      return partner.defined() ? of_batch.index_select(
                                     0, partner.narrow(0, part.first_row, part.num_rows))
                               : of_batch.narrow(0, part.first_row, part.num_rows);
    };
    return summed_loss(kind_, logits, {rows(targets.values), rows(targets.weights)},
                       config_.train.label_smoothing);
  }

  [[noreturn]] void diverged(const std::vector<int64_t>& batch, double loss) {
    constexpr size_t kNamed = 4;
    std::string cases;
    for (size_t i = 0; i < std::min(kNamed, batch.size()); ++i) {
      const auto row = batch[i];
      cases += (i ? ", " : "") + training_.hashes[static_cast<size_t>(row)].substr(0, 12);
    }
    throw UserError(text("the loss is ", format_number(loss), " at step ", step_,
                         " (cases ", cases, batch.size() > kNamed ? ", ..." : "",
                         " of private/ids.csv); try a lower train.lr, longer "
                         "train.warmup_steps, or float32"));
  }

  void record(double loss, double rate) {
    if (step_ % config_.train.log_every != 0 && step_ != *config_.train.steps) return;
    const double epoch = static_cast<double>(step_ * config_.train.batch) /
                         static_cast<double>(sampler_.num_units());
    writer_.step({{"step", step_},
                  {"epoch", epoch},
                  {"seconds", seconds_},
                  {"lr", learning_rate(config_.train, step_ - 1)},
                  {"loss", loss},
                  {"images_per_second", rate}});
    stretch_images_ = 0;
    stretch_seconds_ = 0;
  }

  void evaluate() {
    if (validation_.num_cases() == 0) return;
    const auto metrics = validation_metrics(
        predict(network_, kind_, validation_, *config_.train.micro_batch), validation_);
    writer_.evaluation(step_, "val", metrics);
    const auto found = metrics.find(config_.train.select);
    if (found == metrics.end()) return;
    if (!best_ || is_better(found->first, found->second, best_->value)) {
      best_ = Best{found->first, found->second, step_, copy_of(network_)};
    }
  }

  void save() {
    writer_.sync();
    save_checkpoint(
        writer_.folder() / "checkpoint",
        {step_, seconds_, models::NamedTensors(copy_of(network_)), optimizer_.state(),
         best_, writer_.lengths(), environment_.determinism});
  }

  [[noreturn]] void stop(int signal) {
    writer_.log(text("stopped by signal ", signal, " at step ", step_));
    throw Stopped(text("stopped at step ", step_, " of ", *config_.train.steps,
                       " after a checkpoint; the same command resumes"),
                  signal == SIGINT ? kInterrupted : kPreempted);
  }

  const RunConfig& config_;
  models::CaseNetwork& network_;
  const CaseSet& training_;
  const CaseSet& validation_;
  RunWriter& writer_;
  const LoopEnvironment& environment_;
  LossKind kind_;
  Optimizer optimizer_;
  CaseSampler sampler_;
  at::Tensor class_weights_;
  std::optional<Best> best_;
  int64_t step_ = 0;
  double seconds_ = 0;
  // Since the last line of metrics.jsonl, without evaluation and checkpoints.
  int64_t stretch_images_ = 0;
  double stretch_seconds_ = 0;
};

}  // namespace

Best fit(const RunConfig& config, models::CaseNetwork& network, const CaseSet& training,
         const CaseSet& validation, RunWriter& writer,
         const LoopEnvironment& environment) {
  return Loop(config, network, training, validation, writer, environment).run();
}

}  // namespace medgraft::train
