#include "medgraft/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
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

/// Threads that live as long as the loader and take items of one task at a time.
class Crew {
 public:
  explicit Crew(int num_threads) {
    for (int i = 1; i < num_threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// Calls work(i) for each i in [0, count), the caller's thread working too.
  void run(size_t count, const std::function<void(size_t)>& work) {
    const std::lock_guard one_task(task_mutex_);
    std::unique_lock lock(mutex_);
    work_ = &work;
    next_ = 0;
    count_ = count;
    error_ = nullptr;
    wake_.notify_all();
    take_items(lock);
    idle_.wait(lock, [this] { return busy_ == 0; });
    work_ = nullptr;
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return ending_ || (work_ && next_ < count_); });
      if (ending_) return;
      take_items(lock);
    }
  }

  void take_items(std::unique_lock<std::mutex>& lock) {
    ++busy_;
    while (next_ < count_) {
      const size_t item = next_++;
      lock.unlock();
      std::exception_ptr error;
      try {
        (*work_)(item);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error && !error_) error_ = error;
    }
    if (--busy_ == 0) idle_.notify_all();
  }

  std::vector<std::thread> threads_;
  std::mutex task_mutex_, mutex_;
  std::condition_variable wake_, idle_;
  const std::function<void(size_t)>* work_ = nullptr;
  size_t next_ = 0, count_ = 0;
  int busy_ = 0;
  bool ending_ = false;
  std::exception_ptr error_;
};

std::vector<std::string> paths_of(const Dataset& dataset) {
  std::vector<std::string> paths;
  paths.reserve(dataset.images.size());
  for (const auto& image : dataset.images) paths.push_back(image.path);
  return paths;
}

}  // namespace

struct Loader::Implementation {
  std::vector<std::string> paths;
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
    : implementation_(new Implementation{
          paths_of(dataset),
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
