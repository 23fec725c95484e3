#include "medgraft/data/loader.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <unordered_map>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/crew.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::data {
namespace {

/// Results of the random-free prefix, by image. What does not fit is not kept; nothing is
/// ever dropped, so that with data larger than the cache a part of every epoch is saved.
class PreparedCache {
 public:
  explicit PreparedCache(int64_t capacity_bytes) : room_(capacity_bytes) {}

  std::shared_ptr<const image::Image> find(int64_t index) const {
    const std::lock_guard lock(mutex_);
    const auto found = images_.find(index);
    return found == images_.end() ? nullptr : found->second;
  }

  void keep(int64_t index, std::shared_ptr<const image::Image> image) {
    const auto size = static_cast<int64_t>(image->pixels.size() * sizeof(float));
    const std::lock_guard lock(mutex_);
    if (size > room_) return;
    if (images_.emplace(index, std::move(image)).second) room_ -= size;
  }

 private:
  mutable std::mutex mutex_;
  int64_t room_;
  std::unordered_map<int64_t, std::shared_ptr<const image::Image>> images_;
};

// @return 'L', 'R' or 0 for each image, as the manifest says in whatever words.
std::vector<char> lateralities_of(const Dataset& dataset) {
  std::vector<char> sides;
  sides.reserve(dataset.images.size());
  for (const auto& image : dataset.images) {
    const char first = image.laterality.empty() ? '\0' : image.laterality[0];
    const char letter =
        static_cast<char>(std::toupper(static_cast<unsigned char>(first)));
    sides.push_back(letter == 'L' || letter == 'R' ? letter : '\0');
  }
  return sides;
}

std::vector<std::string> paths_of(const Dataset& dataset) {
  std::vector<std::string> paths;
  paths.reserve(dataset.images.size());
  for (const auto& image : dataset.images) paths.push_back(image.path);
  return paths;
}

}  // namespace

struct Loader::Implementation {
  std::vector<std::string> paths;
  std::vector<char> lateralities;
  ImageSource source;
  image::Program program;
  image::DecodeOptions decoding;  // Of the cache's prefix, so one for all its images.
  mutable PreparedCache cache;
  mutable Crew crew;

  Result<image::Image> load(const Draw& draw) const try {
    const auto& path = paths[static_cast<size_t>(draw.image)];
    auto prepared = cache.find(draw.image);
    if (!prepared) {
      auto decoded = source.decode(path, decoding);
      if (!decoded) return Failure{text(path, ": ", decoded.error().reason)};
      auto& known = decoded.value().orientation;
      const char side = lateralities[static_cast<size_t>(draw.image)];
      if (known.laterality.empty() && side) known.laterality.assign(1, side);
      prepared =
          std::make_shared<image::Image>(program.run_fixed(std::move(decoded.value())));
      cache.keep(draw.image, prepared);
    }
    return program.run_rest(*prepared, draw.key);
  } catch (const UserError& error) {
    return Failure{text(paths[static_cast<size_t>(draw.image)], ": ", error.what())};
  }
};

Loader::Loader(const Dataset& dataset, const std::string& preprocess,
               LoaderOptions options)
    : implementation_(new Implementation{paths_of(dataset),
                                         lateralities_of(dataset),
                                         ImageSource(dataset.info.root),
                                         image::Program::parse(preprocess),
                                         {},
                                         PreparedCache(options.cache_bytes),
                                         Crew(std::max(options.threads, 1))}) {
  auto& self = *implementation_;
  self.decoding = self.program.decode_options();
  self.decoding.size = self.program.first_resize();
  self.decoding.may_reduce = options.is_training;
}

Loader::~Loader() = default;

std::vector<Result<image::Image>> Loader::load(std::span<const Draw> draws) const {
  for (const auto& draw : draws) {
    MEDGRAFT_CHECK(draw.image >= 0 &&
                       static_cast<size_t>(draw.image) < implementation_->paths.size(),
                   "image index ", draw.image);
  }
  std::vector<Result<image::Image>> images(draws.size(), Failure{"not loaded"});
  implementation_->crew.run(
      draws.size(), [&](size_t i) { images[i] = implementation_->load(draws[i]); });
  return images;
}

}  // namespace medgraft::data
