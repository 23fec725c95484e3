#include "medgraft/train/predict.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

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
                       " of ", logits.size(0), " images or cases, the first of case ",
                       set.hashes[static_cast<size_t>(row)],
                       "; its weights diverged or do not fit these images"));
}

// Sums of features by case, where they are kept. @param rows the case of each.
void add_features(const at::Tensor& features, const at::Tensor& rows,
                  CasePredictions& out) {
  if (out.features.defined()) out.features.index_add_(0, rows, features.to(at::kFloat));
}

// How many of a case's images could be read: 0 / 0 makes a case without any NaN.
void divide_by_images(at::Tensor& sums, const CaseSet& set,
                      const std::vector<int64_t>& unreadable) {
  auto counts = at::zeros({set.num_cases(), 1});
  const auto case_of_image = at::tensor(set.case_of_image, at::kLong);
  counts.index_add_(0, case_of_image, at::ones({set.num_images(), 1}));
  for (const int64_t image : unreadable) {
    counts[set.case_of_image[static_cast<size_t>(image)]] -= 1;
  }
  sums.div_(counts);
}

// Without fusion: the sums of what each image says, and how many said something.
class ImageByImage {
 public:
  ImageByImage(const models::CaseNetwork& network, LossKind kind, const CaseSet& set,
               CasePredictions& out)
      : network_(network),
        kind_(kind),
        set_(set),
        case_of_image_(at::tensor(set.case_of_image, at::kLong)),
        counts_(at::zeros({set.num_cases(), 1}, at::kDouble)),
        out_(out) {}

  void add(const ImageBatch& batch, int64_t first) {
    for (const auto& group : batch.groups) {
      const auto rows =
          case_of_image_.index_select(0, at::tensor(group.positions, at::kLong) + first);
      const auto features = network_.features(group.images);
      const auto logits = network_.classify(features, {}).to(at::kDouble);
      require_finite(logits, rows, set_);
      add_features(features, rows, out_);
      out_.probabilities.index_add_(0, rows, probabilities(kind_, logits));
      out_.logits.index_add_(0, rows, logits);
      counts_.index_add_(0, rows, at::ones({rows.size(0), 1}, at::kDouble));
    }
  }

  void finish() {
    out_.probabilities.div_(counts_);  // 0 / 0: a case without a readable image is NaN.
    out_.logits.div_(counts_);
  }

 private:
  const models::CaseNetwork& network_;
  LossKind kind_;
  const CaseSet& set_;
  at::Tensor case_of_image_, counts_;
  CasePredictions& out_;
};

// With fusion: holds the features of a case until its last image has come. Images of a
// case follow each other, so that no more than one unfinished case is held.
class CaseByCase {
 public:
  CaseByCase(const models::CaseNetwork& network, LossKind kind, const CaseSet& set,
             CasePredictions& out)
      : network_(network), kind_(kind), set_(set), out_(out) {
    out_.probabilities.fill_(std::numeric_limits<double>::quiet_NaN());
    out_.logits.fill_(std::numeric_limits<double>::quiet_NaN());
  }

  // @param first, end the batch's images.
  void add(const ImageBatch& batch, int64_t first, int64_t end) {
    std::vector<at::Tensor> features = {held_};
    std::vector<int64_t> places;  // Of the rows of this batch's features.
    for (const auto& group : batch.groups) {
      features.push_back(network_.features(group.images).to(at::kFloat));
      for (const int64_t position : group.positions) places.push_back(first + position);
    }
    if (!held_.defined()) features.erase(features.begin());
    images_.insert(images_.end(), places.begin(), places.end());
    if (!features.empty()) held_ = at::cat(features);
    // The case that goes on in the next batch waits; at the end none does.
    const int64_t open = end < set_.num_images() ? case_of(end) : set_.num_cases();
    classify_cases_before(open);
  }

 private:
  int64_t case_of(int64_t image) const {
    return set_.case_of_image[static_cast<size_t>(image)];
  }

  void classify_cases_before(int64_t open) {
    std::vector<int64_t> ready, waiting;  // Rows of held_.
    for (int64_t i = 0; i < std::ssize(images_); ++i) {
      (case_of(images_[static_cast<size_t>(i)]) < open ? ready : waiting).push_back(i);
    }
    if (ready.empty()) return;
    // In the order of the images, whatever their sizes grouped.
    std::sort(ready.begin(), ready.end(), [&](int64_t a, int64_t b) {
      return images_[static_cast<size_t>(a)] < images_[static_cast<size_t>(b)];
    });
    std::vector<int64_t> images;
    for (const int64_t i : ready) images.push_back(images_[static_cast<size_t>(i)]);
    classify(held_.index_select(0, at::tensor(ready, at::kLong)), images);

    std::vector<int64_t> rest;
    for (const int64_t i : waiting) rest.push_back(images_[static_cast<size_t>(i)]);
    held_ = waiting.empty() ? at::Tensor()
                            : held_.index_select(0, at::tensor(waiting, at::kLong));
    images_ = rest;
  }

  void classify(const at::Tensor& features, const std::vector<int64_t>& images) {
    std::vector<int64_t> cases, row_of_image;
    for (const int64_t image : images) {
      if (cases.empty() || cases.back() != case_of(image))
        cases.push_back(case_of(image));
      row_of_image.push_back(std::ssize(cases) - 1);
    }
    const auto rows = at::tensor(cases, at::kLong);
    const auto logits =
        network_.classify(features, layout_of(set_, images, row_of_image, cases))
            .to(at::kDouble);
    require_finite(logits, rows, set_);
    add_features(features, rows.index_select(0, at::tensor(row_of_image, at::kLong)),
                 out_);
    out_.probabilities.index_copy_(0, rows, probabilities(kind_, logits));
    out_.logits.index_copy_(0, rows, logits);
  }

  const models::CaseNetwork& network_;
  LossKind kind_;
  const CaseSet& set_;
  CasePredictions& out_;
  at::Tensor held_;              // [n, F]; undefined where nothing is held.
  std::vector<int64_t> images_;  // Of its rows.
};

}  // namespace

models::CaseLayout layout_of(const CaseSet& set, const std::vector<int64_t>& images,
                             const std::vector<int64_t>& row_of_image,
                             const std::vector<int64_t>& case_of_row) {
  models::CaseLayout layout;
  layout.num_cases = std::ssize(case_of_row);
  layout.case_of_image = at::tensor(row_of_image, at::kLong);
  if (!set.slot_of_image.empty()) {
    std::vector<int64_t> slots;
    for (const int64_t image : images) {
      slots.push_back(set.slot_of_image[static_cast<size_t>(image)]);
    }
    layout.slot_of_image = at::tensor(slots, at::kLong);
  }
  if (set.attributes.defined()) {
    layout.attributes =
        set.attributes.index_select(0, at::tensor(case_of_row, at::kLong));
  }
  return layout;
}

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

CasePredictions predict(const models::CaseNetwork& network, LossKind kind,
                        const CaseSet& set, int64_t batch,
                        const std::function<void(int64_t)>& progress,
                        bool with_features) {
  const at::NoGradGuard no_grad;
  const int64_t classes = network.num_classes();
  CasePredictions out{at::zeros({set.num_cases(), classes}, at::kDouble),
                      at::zeros({set.num_cases(), classes}, at::kDouble),
                      {},
                      {}};
  if (with_features) {
    out.features =
        at::zeros({set.num_cases(), network.architecture().feature_channels()});
  }
  std::vector<int64_t> unreadable;  // Images.
  std::optional<ImageByImage> by_image;
  std::optional<CaseByCase> by_case;
  if (network.is_fused()) {
    by_case.emplace(network, kind, set, out);
  } else {
    by_image.emplace(network, kind, set, out);
  }

  const auto stream = set.source->open(plan_in_order(set.num_images(), batch));
  for (int64_t first = 0; auto images = stream->next();) {
    const int64_t end = std::min(first + batch, set.num_images());
    if (by_case) by_case->add(*images, first, end);
    if (by_image) by_image->add(*images, first);
    for (const int64_t position : images->unreadable) {
      unreadable.push_back(first + position);
    }
    first = end;
    if (progress) progress(first);
  }
  if (by_image) by_image->finish();
  if (with_features) divide_by_images(out.features, set, unreadable);
  for (int64_t i = 0; i < set.num_cases(); ++i) {
    if (std::isnan(out.logits[i][0].item<double>())) out.unreadable_cases.push_back(i);
  }
  return out;
}

}  // namespace medgraft::train
