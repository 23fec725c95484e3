#pragma once

#include <cstdint>
#include <vector>

namespace medgraft::train {

/// One training image of a step.
struct SampledImage {
  int64_t index = 0;  ///< Into the training images.
  uint64_t key = 0;   ///< Of its augmentation.
};

/// The order of training images: one permutation an epoch, epochs end to end. A pure
/// function of the seed and the position, so a resumed run needs no stored state, and any
/// number of ranks and micro-batches see the same global batches.
class Sampler {
 public:
  /// @throws UserError if there are no images.
  Sampler(int64_t num_images, int64_t batch, uint64_t seed);

  /// @return the images of step `step`, `batch` of them.
  std::vector<SampledImage> batch(int64_t step);

 private:
  int64_t num_images_, batch_;
  uint64_t seed_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;  ///< Of `epoch_`.
};

/// MixUp of one step: x = lambda x + (1 - lambda) x[partner], one lambda for the batch.
/// Source: Zhang et al. 2018, arXiv:1710.09412; google-research/big_transfer,
/// bit_pytorch/train.py.
struct Mixup {
  double lambda = 1;
  std::vector<int64_t> partner;  ///< A permutation of the batch; empty where alpha is 0.
};

Mixup draw_mixup(double alpha, int64_t batch, uint64_t seed, int64_t step);

}  // namespace medgraft::train
