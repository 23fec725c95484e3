#include "medgraft/train/schedule.h"

#include <cmath>
#include <numbers>

namespace medgraft::train {

double learning_rate(const TrainConfig& config, int64_t step) {
  const double peak = config.lr.value();
  const int64_t warmup = config.warmup_steps.value();
  if (step < warmup)
    return peak * static_cast<double>(step) / static_cast<double>(warmup);
  if (config.schedule == "constant") return peak;
  if (config.schedule == "cosine") {
    const auto done = static_cast<double>(step - warmup);
    const auto whole = static_cast<double>(config.steps.value() - warmup);
    return peak * (1 + std::cos(std::numbers::pi * done / whole)) / 2;
  }
  double rate = peak;
  for (const int64_t milestone : config.milestones) {
    if (milestone < step) rate *= config.decay;
  }
  return rate;
}

}  // namespace medgraft::train
