#include "medgraft/image/foreground.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "medgraft/image/transform.h"

namespace medgraft::image {
namespace {

constexpr int kLevels = 256;
// A foreground that leans less to one side does not tell where the chest wall is.
constexpr double kClearLean = 0.1;

/// Foreground pixels beside each other in one row, columns [first, end).
struct Run {
  int64_t row, first, end;
};

/// Groups of runs that touch (union-find with path halving).
class Groups {
 public:
  void add() { parents_.push_back(parents_.size()); }
  size_t find(size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(size_t a, size_t b) { parents_[find(a)] = find(b); }

 private:
  std::vector<size_t> parents_;
};

int level(float value) {
  const auto scaled = std::sqrt(std::clamp(value, 0.0F, 1.0F)) * (kLevels - 1);
  return static_cast<int>(std::lround(scaled));
}

void append_runs(const Image& gray, int64_t y, float threshold, std::vector<Run>& runs) {
  const float* row = gray.pixels.data() + y * gray.width;
  for (int64_t x = 0; x < gray.width;) {
    if (!(row[x] > threshold)) {
      ++x;
      continue;
    }
    const int64_t first = x;
    while (x < gray.width && row[x] > threshold) ++x;
    runs.push_back({y, first, x});
  }
}

// Joins the runs from `row` on with those from `above` to `row` that they touch.
void join_rows(const std::vector<Run>& runs, size_t above, size_t row, Groups& groups) {
  for (size_t i = above, j = row; i < row && j < runs.size();) {
    if (runs[i].first < runs[j].end && runs[j].first < runs[i].end) groups.join(i, j);
    runs[i].end < runs[j].end ? ++i : ++j;
  }
}

// @return the runs of the largest group; of equals, of the first.
std::vector<Run> largest_group(const Image& gray, float threshold) {
  std::vector<Run> runs;
  Groups groups;
  size_t above = 0;
  for (int64_t y = 0; y < gray.height; ++y) {
    const size_t row = runs.size();
    append_runs(gray, y, threshold, runs);
    for (size_t i = row; i < runs.size(); ++i) groups.add();
    join_rows(runs, above, row, groups);
    above = row;
  }
  std::vector<int64_t> areas(runs.size());
  size_t best = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    areas[groups.find(i)] += runs[i].end - runs[i].first;
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (areas[groups.find(i)] > areas[groups.find(best)]) best = i;
  }
  std::vector<Run> largest;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (groups.find(i) == groups.find(best)) largest.push_back(runs[i]);
  }
  return largest;
}

double lean_of(const Image& gray, const std::vector<Run>& runs) {
  double left = 0, right = 0;
  for (const auto& run : runs) {
    const float* row = gray.pixels.data() + run.row * gray.width;
    for (int64_t x = run.first; x < run.end; ++x) {
      if (2 * x + 1 < gray.width) left += row[x];
      if (2 * x + 1 > gray.width) right += row[x];
    }
  }
  return left + right > 0 ? (left - right) / (left + right) : 0;
}

// @return whether the chest wall is on the left; nothing where that cannot be told.
std::optional<bool> chest_wall_is_left(const Image& image) {
  const auto& [laterality, row_direction] = image.orientation;
  for (const char letter : row_direction) {
    if (letter == 'A') return true;
    if (letter == 'P') return false;
  }
  const auto foreground = find_foreground(image);
  const double lean = foreground ? foreground->lean : 0;
  if (std::abs(lean) > kClearLean) return lean > 0;
  if (laterality == "L" || laterality == "R") return laterality == "L";
  return lean == 0 ? std::nullopt : std::optional(lean > 0);
}

}  // namespace

std::optional<float> foreground_threshold(const Image& image) {
  const auto gray = to_gray(image);
  std::array<double, kLevels> counts{};
  for (const float value : gray.pixels) ++counts[static_cast<size_t>(level(value))];
  const auto total = static_cast<double>(gray.pixels.size());
  double sum = 0;
  for (size_t i = 0; i < kLevels; ++i) sum += static_cast<double>(i) * counts[i];
  double below = 0, sum_below = 0, best = 0;
  std::optional<float> threshold;
  for (size_t i = 0; i + 1 < kLevels; ++i) {
    below += counts[i];
    sum_below += static_cast<double>(i) * counts[i];
    if (below == 0 || below == total) continue;
    const double apart = sum_below / below - (sum - sum_below) / (total - below);
    const double spread = below * (total - below) * apart * apart;
    if (spread <= best) continue;
    best = spread;
    const auto root = (static_cast<float>(i) + 0.5F) / (kLevels - 1);
    threshold = root * root;
  }
  return threshold;
}

std::optional<Foreground> find_foreground(const Image& image,
                                          std::optional<float> threshold) {
  const auto gray = to_gray(image);
  if (!threshold) threshold = foreground_threshold(gray);
  if (!threshold) return {};
  const auto runs = largest_group(gray, *threshold);
  if (runs.empty()) return {};
  int64_t left = gray.width, right = 0;
  for (const auto& run : runs) {
    left = std::min(left, run.first);
    right = std::max(right, run.end);
  }
  const int64_t top = runs.front().row, bottom = runs.back().row + 1;
  return Foreground{{top, left, bottom - top, right - left}, lean_of(gray, runs)};
}

Image crop_foreground(Image image, std::optional<float> threshold) {
  const auto found = find_foreground(image, threshold);
  if (!found) return image;
  return crop(image, found->box.top, found->box.left, found->box.height,
              found->box.width);
}

Image orient(Image image, bool to_left) {
  const auto is_left = chest_wall_is_left(image);
  return is_left && *is_left != to_left ? flip_horizontally(std::move(image)) : image;
}

}  // namespace medgraft::image
