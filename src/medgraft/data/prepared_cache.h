#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "medgraft/image/image.h"

namespace medgraft::data {

/// Images as the fixed first steps of a program left them. What does not fit is not kept;
/// nothing is ever dropped, so that with data larger than the cache a part of every pass
/// is saved. Thread-safe.
class PreparedCache {
 public:
  explicit PreparedCache(int64_t capacity_bytes) : room_(capacity_bytes) {}

  /// @param steps the fixed steps' canonical text. @param index the image's.
  /// @return null where it is not kept.
  std::shared_ptr<const image::Image> find(const std::string& steps, int64_t index) const;
  void keep(const std::string& steps, int64_t index,
            std::shared_ptr<const image::Image> image);

 private:
  mutable std::mutex mutex_;
  int64_t room_;
  std::map<std::string, std::unordered_map<int64_t, std::shared_ptr<const image::Image>>>
      images_;
};

}  // namespace medgraft::data
