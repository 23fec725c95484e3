#include "medgraft/data/prepared_cache.h"

#include <utility>

namespace medgraft::data {

std::shared_ptr<const image::Image> PreparedCache::find(const std::string& steps,
                                                        int64_t index) const {
  const std::lock_guard lock(mutex_);
  const auto of_steps = images_.find(steps);
  if (of_steps == images_.end()) return nullptr;
  const auto found = of_steps->second.find(index);
  return found == of_steps->second.end() ? nullptr : found->second;
}

void PreparedCache::keep(const std::string& steps, int64_t index,
                         std::shared_ptr<const image::Image> image) {
  const auto size = static_cast<int64_t>(image->pixels.size() * sizeof(float));
  const std::lock_guard lock(mutex_);
  if (size > room_) return;
  if (images_[steps].emplace(index, std::move(image)).second) room_ -= size;
}

}  // namespace medgraft::data
