#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "medgraft/base/npz.h"
#include "medgraft/base/result.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/image.h"

namespace medgraft::data {

/// Images as rows of arrays [N, H, W] or [N, H, W, 1, 3 or 4] of an npz file: uint8 and
/// uint16 by their range, floats as they are. Rows of stored arrays are read alone;
/// deflated arrays are kept whole. Any number of threads may call it.
class NpzImages {
 public:
  /// @throws UserError naming the file where it is not a readable npz.
  explicit NpzImages(const std::filesystem::path& path);

  /// @param member "array/row". A Failure says why.
  Result<image::Image> decode(const std::string& member) const;
  Result<image::Header> header(const std::string& member) const;
  Result<std::vector<std::byte>> read(const std::string& member) const;

 private:
  struct Row {
    std::string array;
    int64_t index = 0;
    const NpyHeader* header = nullptr;
  };
  Result<Row> find(const std::string& member) const;

  NpzReader reader_;
  mutable std::mutex mutex_;  ///< For reader_ and arrays_.
  mutable std::map<std::string, std::vector<std::byte>> arrays_;
};

}  // namespace medgraft::data
