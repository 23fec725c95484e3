#include "medgraft/train/predict.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "medgraft/base/error.h"

namespace medgraft::train {

namespace {

// A case without a prediction would silently leave every figure.
void require_finite(const at::Tensor& logits, const at::Tensor& rows,
                    const CaseSet& set) {
  const auto broken = at::isfinite(logits).all(1).logical_not().nonzero();
  if (broken.size(0) == 0) return;
  const auto row = rows[broken[0][0].item<int64_t>()].item<int64_t>();
  throw UserError(text("the network's output is not a number for ", broken.size(0),
                       " of ", logits.size(0), " images, the first of case ",
                       set.hashes[static_cast<size_t>(row)],
                       "; its weights diverged or do not fit these images"));
}

}  // namespace

ImageSource::Plan plan_in_order(int64_t num_images, int64_t batch) {
  return [num_images, batch,
          next = int64_t{0}]() mutable -> std::optional<std::vector<SampledImage>> {
    if (next >= num_images) return std::nullopt;
    std::vector<SampledImage> images;
    for (const int64_t end = std::min(next + batch, num_images); next < end; ++next) {
      images.push_back({next, 0});
    }
    return images;
  };
}

CasePredictions predict(const models::Bit& network, LossKind kind, const CaseSet& set,
                        int64_t batch, const std::function<void(int64_t)>& progress) {
  const at::NoGradGuard no_grad;
  const int64_t classes = network.num_classes();
  CasePredictions out{at::zeros({set.num_cases(), classes}, at::kDouble),
                      at::zeros({set.num_cases(), classes}, at::kDouble),
                      {}};
  auto counts = at::zeros({set.num_cases(), 1}, at::kDouble);
  const auto case_of_image = at::tensor(set.case_of_image, at::kLong);

  const auto stream = set.source->open(plan_in_order(set.num_images(), batch));
  for (int64_t first = 0; auto images = stream->next();) {
    for (const auto& group : images->groups) {
      const auto rows =
          case_of_image.index_select(0, at::tensor(group.positions, at::kLong) + first);
      const auto logits = network.forward(group.images).to(at::kDouble);
      require_finite(logits, rows, set);
      out.probabilities.index_add_(0, rows, probabilities(kind, logits));
      out.logits.index_add_(0, rows, logits);
      counts.index_add_(0, rows, at::ones({rows.size(0), 1}, at::kDouble));
    }
    first = std::min(first + batch, set.num_images());
    if (progress) progress(first);
  }
  out.probabilities.div_(counts);  // 0 / 0: a case without a readable image is NaN.
  out.logits.div_(counts);
  for (int64_t i = 0; i < set.num_cases(); ++i) {
    if (counts[i][0].item<double>() == 0) out.unreadable_cases.push_back(i);
  }
  return out;
}

}  // namespace medgraft::train
