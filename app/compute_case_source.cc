#include "compute_case_source.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <map>
#include <utility>

#include "compute_fusion.h"
#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/targets.h"

namespace medgraft::app {
namespace {

using train::ImageBatch;
using train::SampledImage;

constexpr int64_t kChannels = 3;

// Loads one batch ahead of its use.
class PrefetchedStream : public train::ImageStream {
 public:
  using Load = std::function<std::optional<ImageBatch>()>;
  explicit PrefetchedStream(Load load) : load_(std::move(load)) { start(); }
  ~PrefetchedStream() override {
    if (pending_.valid()) pending_.wait();
  }

  std::optional<ImageBatch> next() override {
    auto batch = pending_.get();
    if (batch) start();
    return batch;
  }

 private:
  // By reference: async would copy the function, and with it how far its plan has come.
  void start() {
    pending_ = std::async(std::launch::async, [this] { return load_(); });
  }
  Load load_;
  std::future<std::optional<ImageBatch>> pending_;
};

class LoaderSource : public train::ImageSource {
 public:
  LoaderSource(const data::Dataset& dataset, std::vector<int64_t> images,
               const CaseSetOptions& options, UnreadableImages& unreadable)
      : dataset_(dataset),
        images_(std::move(images)),
        loader_(
            dataset, options.preprocess,
            {options.threads, options.cache_bytes, options.cache, options.is_training}),
        unreadable_(unreadable) {
    if (options.seed_by_case) key_by_case(*options.seed_by_case);
  }

  std::unique_ptr<train::ImageStream> open(Plan plan) override {
    return std::make_unique<PrefetchedStream>(
        [this, plan = std::move(plan)]() mutable -> std::optional<ImageBatch> {
          const auto wanted = plan();
          if (!wanted) return std::nullopt;
          return load(*wanted);
        });
  }

 private:
  ImageBatch load(const std::vector<SampledImage>& wanted) const {
    std::vector<data::Draw> draws;
    for (const auto& [index, key] : wanted) {
      const auto i = static_cast<size_t>(index);
      draws.push_back({images_[i], keys_.empty() ? key : mix_key({keys_[i], key})});
    }
    auto loaded = loader_.load(draws);
    ImageBatch batch;
    std::map<std::pair<int64_t, int64_t>, std::vector<int64_t>> by_size;
    for (size_t i = 0; i < loaded.size(); ++i) {
      if (loaded[i].has_value()) {
        const auto& image = loaded[i].value();
        by_size[{image.height, image.width}].push_back(static_cast<int64_t>(i));
      } else {
        unreadable_.add(dataset_.images[static_cast<size_t>(draws[i].image)].path,
                        loaded[i].error().reason);
        batch.unreadable.push_back(static_cast<int64_t>(i));
      }
    }
    for (auto& [size, positions] : by_size) {
      std::vector<const image::Image*> images;
      for (const int64_t i : positions) {
        images.push_back(&loaded[static_cast<size_t>(i)].value());
      }
      batch.groups.push_back({std::move(positions), to_tensor(images)});
    }
    return batch;
  }

  // The name and not its place: a case is drawn alike in whatever list of cases.
  void key_by_case(uint64_t seed) {
    constexpr size_t kDigits = 16;  // Of 64 bits.
    for (const int64_t index : images_) {
      const auto& image = dataset_.images[static_cast<size_t>(index)];
      const auto& entry = dataset_.cases[static_cast<size_t>(image.case_index)];
      const auto place = std::find(entry.images.begin(), entry.images.end(), index) -
                         entry.images.begin();
      const auto name = std::stoull(sha256(entry.id).substr(0, kDigits), nullptr, 16);
      keys_.push_back(mix_key({seed, name, static_cast<uint64_t>(place)}));
    }
  }

  const data::Dataset& dataset_;
  std::vector<int64_t> images_;
  std::vector<uint64_t> keys_;  // Of each image; empty where the plan's are enough.
  data::Loader loader_;
  UnreadableImages& unreadable_;
};

// Which of the data set's labels fills each output; -1: none.
std::vector<int64_t> label_of_output(const data::Dataset& dataset,
                                     const CaseSetOptions& options) {
  std::vector<int64_t> columns;
  const auto& labels = dataset.info.labels;
  for (const auto& output : options.outputs) {
    const auto mapped = options.label_map.find(output);
    const auto& name = mapped == options.label_map.end() ? output : mapped->second;
    const auto found = std::find(labels.begin(), labels.end(), name);
    columns.push_back(found == labels.end() ? -1 : found - labels.begin());
  }
  return columns;
}

// The values and weights [num_cases, K] that `of_case` states.
train::Targets matrix(
    const data::Dataset& dataset, const std::vector<int64_t>& cases,
    const std::vector<int64_t>& columns,
    const std::function<std::vector<data::Target>(const data::CaseEntry&)>& of_case) {
  const auto rows = static_cast<int64_t>(cases.size());
  const auto outputs = static_cast<int64_t>(columns.size());
  train::Targets targets{at::zeros({rows, outputs}), at::zeros({rows, outputs})};
  auto values = targets.values.accessor<float, 2>();
  auto weights = targets.weights.accessor<float, 2>();
  for (int64_t i = 0; i < rows; ++i) {
    const auto stated =
        of_case(dataset.cases[static_cast<size_t>(cases[static_cast<size_t>(i)])]);
    for (int64_t k = 0; k < outputs; ++k) {
      const int64_t column = columns[static_cast<size_t>(k)];
      if (dataset.info.kind == data::Kind::kMulticlass) {
        values[i][k] = column >= 0 && stated[0].weight > 0 &&
                       static_cast<int64_t>(stated[0].value) == column;
        weights[i][k] = stated[0].weight;
      } else if (column >= 0) {
        values[i][k] = stated[static_cast<size_t>(column)].value;
        weights[i][k] = stated[static_cast<size_t>(column)].weight;
      }
    }
  }
  return targets;
}

}  // namespace

void UnreadableImages::add(const std::string& image, const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  const bool known = std::any_of(entries_.begin(), entries_.end(),
                                 [&](const auto& entry) { return entry.image == image; });
  if (known) return;
  entries_.push_back({image, reason});
  require(
      static_cast<int64_t>(entries_.size()) <= allowed_, entries_.size(),
      entries_.size() == 1 ? " image is" : " images are", " unreadable",
      setting_.empty() ? "" : text(", which is more than ", setting_, " = ", allowed_),
      ": ", reason);
}

std::vector<UnreadableImages::Entry> UnreadableImages::entries() const {
  const std::scoped_lock lock(mutex_);
  return entries_;
}

at::Tensor to_tensor(const std::vector<const image::Image*>& images) {
  const int64_t height = images.front()->height;
  const int64_t width = images.front()->width;
  auto tensor = at::empty({static_cast<int64_t>(images.size()), height, width, kChannels},
                          at::kFloat);
  float* out = tensor.data_ptr<float>();
  for (const auto* image : images) {
    require(image->channels == kChannels,
            "a network takes 3 channels and preprocessing left ", image->channels,
            "; end the program with to_rgb");
    std::memcpy(out, image->pixels.data(), image->pixels.size() * sizeof(float));
    out += image->pixels.size();
  }
  return tensor.permute({0, 3, 1, 2});
}

train::CaseSet make_case_set(const data::Dataset& dataset,
                             const std::vector<int64_t>& cases,
                             const std::vector<std::string>& hashes,
                             const CaseSetOptions& options,
                             UnreadableImages& unreadable) {
  train::CaseSet set;
  std::vector<int64_t> images;
  require_views(dataset, cases, options.plan);
  const auto slots = slots_of_images(dataset, options.plan);
  for (size_t i = 0; i < cases.size(); ++i) {
    for (const int64_t image : dataset.cases[static_cast<size_t>(cases[i])].images) {
      if (!slots.empty()) {
        const int64_t slot = slots[static_cast<size_t>(image)];
        if (slot < 0) continue;  // Of a view that the network does not read.
        set.slot_of_image.push_back(slot);
      }
      images.push_back(image);
      set.case_of_image.push_back(static_cast<int64_t>(i));
    }
  }
  set.hashes = hashes;
  set.multiclass = dataset.info.kind == data::Kind::kMulticlass;
  const data::Targets targets(dataset.info);
  const auto columns = label_of_output(dataset, options);
  set.loss = matrix(dataset, cases, columns,
                    [&](const auto& entry) { return targets.for_loss(entry); });
  set.metrics = matrix(dataset, cases, columns,
                       [&](const auto& entry) { return targets.for_metrics(entry); });
  set.attributes = encode_attributes(dataset, cases, options.plan);
  set.source =
      std::make_shared<LoaderSource>(dataset, std::move(images), options, unreadable);
  return set;
}

}  // namespace medgraft::app
