#include "medgraft/train/sampler.h"

#include <numeric>
#include <span>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"

namespace medgraft::train {
namespace {

// What a stream of random numbers is for: streams of one seed never overlap.
enum Stream : uint64_t { kOrder = 1, kAugmentation = 2, kMixup = 3 };

uint64_t word(int64_t value) { return static_cast<uint64_t>(value); }

}  // namespace

Sampler::Sampler(int64_t num_images, int64_t batch, uint64_t seed)
    : num_images_(num_images), batch_(batch), seed_(seed) {
  require(num_images > 0, "there are no training images");
}

std::vector<SampledImage> Sampler::batch(int64_t step) {
  std::vector<SampledImage> images;
  images.reserve(static_cast<size_t>(batch_));
  for (int64_t position = step * batch_; position < (step + 1) * batch_; ++position) {
    const int64_t epoch = position / num_images_;
    if (epoch != epoch_) {
      order_.resize(static_cast<size_t>(num_images_));
      std::iota(order_.begin(), order_.end(), int64_t{0});
      Rng rng(mix_key({seed_, kOrder, word(epoch)}));
      shuffle(std::span(order_), rng);
      epoch_ = epoch;
    }
    images.push_back({order_[static_cast<size_t>(position % num_images_)],
                      mix_key({seed_, kAugmentation, word(position)})});
  }
  return images;
}

Mixup draw_mixup(double alpha, int64_t batch, uint64_t seed, int64_t step) {
  Mixup mixup;
  if (alpha <= 0) return mixup;
  Rng rng(mix_key({seed, kMixup, word(step)}));
  mixup.lambda = rng.beta(alpha, alpha);
  mixup.partner.resize(static_cast<size_t>(batch));
  std::iota(mixup.partner.begin(), mixup.partner.end(), int64_t{0});
  shuffle(std::span(mixup.partner), rng);
  return mixup;
}

}  // namespace medgraft::train
