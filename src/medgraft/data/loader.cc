#include "medgraft/data/loader.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/crew.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::data {
namespace {

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
  std::string fixed_steps;
  std::shared_ptr<PreparedCache> cache;
  mutable Crew crew;

  Result<image::Image> load(const Draw& draw) const try {
    const auto& path = paths[static_cast<size_t>(draw.image)];
    auto prepared = cache->find(fixed_steps, draw.image);
    if (!prepared) {
      auto decoded = source.decode(path, decoding);
      if (!decoded) return Failure{text(path, ": ", decoded.error().reason)};
      auto& known = decoded.value().orientation;
      const char side = lateralities[static_cast<size_t>(draw.image)];
      if (known.laterality.empty() && side) known.laterality.assign(1, side);
      prepared =
          std::make_shared<image::Image>(program.run_fixed(std::move(decoded.value())));
      cache->keep(fixed_steps, draw.image, prepared);
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
                                         "",
                                         std::move(options.cache),
                                         Crew(std::max(options.threads, 1))}) {
  auto& self = *implementation_;
  self.fixed_steps = self.program.fixed_text();
  if (!self.cache) self.cache = std::make_shared<PreparedCache>(options.cache_bytes);
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
