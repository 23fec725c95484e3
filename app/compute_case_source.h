#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/data/dataset.h"
#include "medgraft/data/loader.h"
#include "medgraft/models/case_network.h"
#include "medgraft/train/case_source.h"

namespace medgraft::app {

/// Images that could not be read, over all sources of one run. Thread-safe.
class UnreadableImages {
 public:
  struct Entry {
    std::string image, reason;
  };
  /// @param setting what states `allowed`, for the message; "" where nothing does.
  explicit UnreadableImages(int64_t allowed, std::string setting = "data.max_unreadable")
      : allowed_(allowed), setting_(std::move(setting)) {}

  /// Counts each image once. @throws UserError beyond the number allowed.
  void add(const std::string& image, const std::string& reason);
  std::vector<Entry> entries() const;

 private:
  int64_t allowed_;
  std::string setting_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

/// How a set of cases is turned into tensors.
struct CaseSetOptions {
  std::string preprocess;
  int threads = 1;
  int64_t cache_bytes = 0;
  std::shared_ptr<data::PreparedCache> cache;  ///< As in data::LoaderOptions.
  bool is_training = false;  ///< JPEG may then be decoded at a reduced scale.
  /// Names of the network's outputs; a data set's label `label_map[name]` (or `name`)
  /// fills each, and outputs without a label there are masked.
  std::vector<std::string> outputs;
  std::map<std::string, std::string> label_map;
  /// Where given, random operations draw from it, the case's name and the image's place
  /// in the case, beside the key of the plan; else from that key alone.
  std::optional<uint64_t> seed_by_case;
  models::FusionPlan plan;  ///< What the network reads of a case beside pixels.
};

/// Binds the data layer's loader to training's interface.
/// @param cases indices into dataset.cases. @param hashes of these cases, same order.
/// @param unreadable outlives the result.
train::CaseSet make_case_set(const data::Dataset& dataset,
                             const std::vector<int64_t>& cases,
                             const std::vector<std::string>& hashes,
                             const CaseSetOptions& options, UnreadableImages& unreadable);

/// @return float32 [n, 3, H, W], channels_last, of images of one size.
at::Tensor to_tensor(const std::vector<const image::Image*>& images);

}  // namespace medgraft::app
