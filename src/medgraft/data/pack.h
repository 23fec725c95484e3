#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace medgraft::data {

struct PackOptions {
  int64_t size = 0;          ///< Pixels a side.
  bool keep_aspect = false;  ///< `size` is then the shorter side; smaller ones stay.
  int bits = 0;  ///< A sample: 8, 16, or 0: 16 where the image is stored deeper than 8.
  int64_t shard_bytes = int64_t{1} << 30;  ///< A shard is not made longer.
  int64_t max_unreadable = 0;
  bool force = false;  ///< Replaces shards of another packing.
  int threads = 1;
  std::function<void(int64_t done, int64_t total)> on_progress = {};
};

struct PackReport {
  int64_t num_images = 0, num_shards = 0;
  int64_t num_resumed = 0;  ///< Images that an earlier, interrupted call had packed.
  std::vector<std::string> unreadable;  ///< Image and reason.
};

/// Decodes and resizes all images of a data set into WebDataset shards: `folder` gets
/// shard-000000.tar, ... with KEY.png, KEY.json (case, patient, split, labels,
/// attributes) and, where there is one class, KEY.cls (its index); then manifest.csv and
/// dataset.toml, which make it a data set like the first. KEY is the row of the first
/// manifest, from 0. The same input gives the same bytes, whatever the threads. A shard
/// has its name only when it is whole; the same call goes on where an interrupted one
/// ended.
/// @param dataset a folder with a dataset.toml, or that file. @param folder exists.
/// @throws UserError where `folder` holds other things, an option is out of range, or
/// more than max_unreadable images cannot be read.
PackReport pack_dataset(const std::filesystem::path& dataset,
                        const std::filesystem::path& folder, const PackOptions& options);

}  // namespace medgraft::data
