#include "medgraft/data/near_pairs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "medgraft/data/image_signature.h"
#include "medgraft/data/parallel.h"

namespace medgraft::data {
namespace {

constexpr size_t kIndexed = 32;  // Leading coefficients: most of a picture's variance.
constexpr int64_t kLeafSize = 16;
constexpr size_t kBlock = 32;  // Coefficients between two looks at the distance.
// Sums of floats are off by less; the verdict is by a sum of doubles.
constexpr float kSlack = 1e-5F;

struct Box {
  std::array<float, kIndexed> low, high;
};

/// A range of the rows, halved along the coefficient in which they differ most.
struct Node {
  Box box;
  int64_t begin = 0, end = 0;
  int64_t left = -1, right = -1;  // Nodes; -1: a leaf.
};

class Tree {
 public:
  Tree(std::span<const float> shapes, std::vector<int64_t> rows)
      : shapes_(shapes), rows_(std::move(rows)) {
    nodes_.reserve(static_cast<size_t>(2 * size() / kLeafSize + 1));
    if (size() > 0) build(0, size());
  }

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  int64_t row(int64_t position) const { return rows_[static_cast<size_t>(position)]; }
  const float* shape(int64_t position) const {
    return shapes_.data() + static_cast<size_t>(row(position)) * kShapeLength;
  }

  /// Calls visit(position) for every one from `first` on that may lie within the root of
  /// `square` of `query`.
  template <class Visit>
  void search(const float* query, float square, int64_t first, const Visit& visit) const {
    std::vector<int64_t> open = {0};
    while (!open.empty()) {
      const auto& node = nodes_[static_cast<size_t>(open.back())];
      open.pop_back();
      if (node.end <= first || distance_to(node.box, query) > square) continue;
      if (node.left >= 0) {
        open.push_back(node.right);
        open.push_back(node.left);
        continue;
      }
      for (auto i = std::max(node.begin, first); i < node.end; ++i) visit(i);
    }
  }

 private:
  static float distance_to(const Box& box, const float* query) {
    float square = 0;
    for (size_t d = 0; d < kIndexed; ++d) {
      const float outside =
          std::max({box.low[d] - query[d], query[d] - box.high[d], 0.0F});
      square += outside * outside;
    }
    return square;
  }

  Box box_of(int64_t begin, int64_t end) const {
    Box box;
    std::copy_n(shape(begin), kIndexed, box.low.begin());
    box.high = box.low;
    for (int64_t i = begin + 1; i < end; ++i) {
      const float* values = shape(i);
      for (size_t d = 0; d < kIndexed; ++d) {
        box.low[d] = std::min(box.low[d], values[d]);
        box.high[d] = std::max(box.high[d], values[d]);
      }
    }
    return box;
  }

  int64_t build(int64_t begin, int64_t end) {
    const auto index = static_cast<int64_t>(nodes_.size());
    const auto box = box_of(begin, end);
    nodes_.push_back({box, begin, end, -1, -1});
    if (end - begin <= kLeafSize) return index;
    size_t widest = 0;
    for (size_t d = 1; d < kIndexed; ++d) {
      if (box.high[d] - box.low[d] > box.high[widest] - box.low[widest]) widest = d;
    }
    const auto middle = begin + (end - begin) / 2;
    const auto value = [&](int64_t row) {
      return shapes_[static_cast<size_t>(row) * kShapeLength + widest];
    };
    std::nth_element(rows_.begin() + begin, rows_.begin() + middle, rows_.begin() + end,
                     [&](int64_t a, int64_t b) { return value(a) < value(b); });
    const auto left = build(begin, middle), right = build(middle, end);
    nodes_[static_cast<size_t>(index)].left = left;
    nodes_[static_cast<size_t>(index)].right = right;
    return index;
  }

  std::span<const float> shapes_;
  std::vector<int64_t> rows_;
  std::vector<Node> nodes_;
};

bool lies_within(const float* a, const float* b, float square) {
  float sum = 0;
  for (size_t block = 0; block < kShapeLength; block += kBlock) {
    for (size_t i = block; i < block + kBlock; ++i) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    if (sum > square) return false;
  }
  return true;
}

double correlation(const float* a, const float* b) {
  double sum = 0;
  for (size_t i = 0; i < kShapeLength; ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// Unit vectors: d^2 = 2 (1 - correlation).
float square_of(double threshold) {
  return static_cast<float>(2 * (1 - threshold)) + kSlack;
}

// Appends the pairs of `position` with later ones.
void find_pairs_of(const Tree& tree, int64_t position, const NearPairOptions& options,
                   std::vector<NearPair>& out) {
  const float square = square_of(options.correlation);
  const float* own = tree.shape(position);
  const auto look = [&](const float* query, bool mirrored) {
    tree.search(query, square, position + 1, [&](int64_t other) {
      const float* shape = tree.shape(other);
      if (!lies_within(query, shape, square)) return;
      const double found = correlation(query, shape);
      if (!(found > options.correlation)) return;
      if (mirrored && correlation(own, shape) > options.correlation) return;
      const auto a = tree.row(position), b = tree.row(other);
      out.push_back({std::min(a, b), std::max(a, b), found, mirrored});
    });
  };
  look(own, false);
  if (!options.with_mirrored) return;
  std::array<float, kShapeLength> mirror;
  std::transform(own, own + kShapeLength, mirror_signs().begin(), mirror.begin(),
                 [](float value, float sign) { return value * sign; });
  look(mirror.data(), true);
}

}  // namespace

NearPairs find_near_pairs(std::span<const float> shapes, std::vector<int64_t> rows,
                          const NearPairOptions& options) {
  constexpr int64_t kChunk = 64;  // Rows a thread takes at a time.
  const Tree tree(shapes, std::move(rows));
  NearPairs out;
  std::mutex mutex;
  std::atomic<int64_t> num_found = 0;
  for_each_in_parallel(
      (tree.size() + kChunk - 1) / kChunk, options.threads, [&](int64_t chunk) {
        std::vector<NearPair> found;
        const auto end = std::min(tree.size(), (chunk + 1) * kChunk);
        for (auto i = chunk * kChunk; i < end && num_found < options.max_pairs; ++i) {
          const auto before = std::ssize(found);
          find_pairs_of(tree, i, options, found);
          num_found += std::ssize(found) - before;
        }
        const std::lock_guard lock(mutex);
        out.pairs.insert(out.pairs.end(), found.begin(), found.end());
      });
  std::sort(out.pairs.begin(), out.pairs.end());
  if (num_found >= options.max_pairs) {
    out.complete = false;
    out.pairs.resize(std::min(out.pairs.size(), static_cast<size_t>(options.max_pairs)));
  }
  return out;
}

}  // namespace medgraft::data
