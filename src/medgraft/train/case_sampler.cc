#include "medgraft/train/case_sampler.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "medgraft/base/rng.h"

namespace medgraft::train {
namespace {

// What is drawn from a case's key: its images' augmentation, and which of them it shows.
enum Draw : uint64_t { kImage = 0, kViews = 1 };

std::vector<std::vector<int64_t>> group_by_case(const CaseSet& set) {
  std::vector<std::vector<int64_t>> groups(static_cast<size_t>(set.num_cases()));
  for (int64_t i = 0; i < set.num_images(); ++i) {
    groups[static_cast<size_t>(set.case_of_image[static_cast<size_t>(i)])].push_back(i);
  }
  return groups;
}

}  // namespace

CaseSampler::CaseSampler(const CaseSet& set, int64_t batch, uint64_t seed,
                         ViewSampling views)
    : views_(views),
      case_of_image_(set.case_of_image),
      images_of_case_(views.by_case ? group_by_case(set)
                                    : std::vector<std::vector<int64_t>>()),
      order_(num_units(), batch, seed) {}

int64_t CaseSampler::num_units() const {
  return views_.by_case ? std::ssize(images_of_case_) : std::ssize(case_of_image_);
}

SampledRows CaseSampler::batch(int64_t step) {
  SampledRows rows;
  for (const auto& unit : order_.batch(step)) {
    if (views_.by_case) {
      add_case(unit, rows);
    } else {
      rows.row_of_image.push_back(std::ssize(rows.case_of_row));
      rows.images.push_back(unit);
      rows.case_of_row.push_back(case_of_image_[static_cast<size_t>(unit.index)]);
    }
  }
  return rows;
}

void CaseSampler::add_case(const SampledImage& unit, SampledRows& rows) const {
  const auto& images = images_of_case_[static_cast<size_t>(unit.index)];
  for (const int64_t i :
       draw_views(std::ssize(images), views_, mix_key({unit.key, kViews}))) {
    const auto key = mix_key({unit.key, kImage, static_cast<uint64_t>(i)});
    rows.images.push_back({images[static_cast<size_t>(i)], key});
    rows.row_of_image.push_back(std::ssize(rows.case_of_row));
  }
  rows.case_of_row.push_back(unit.index);
}

std::vector<int64_t> draw_views(int64_t num_images, const ViewSampling& views,
                                uint64_t key) {
  Rng rng(key);
  std::vector<int64_t> shown(static_cast<size_t>(num_images));
  std::iota(shown.begin(), shown.end(), int64_t{0});
  if (views.max_images > 0 && num_images > views.max_images) {
    shuffle(std::span(shown), rng);
    shown.resize(static_cast<size_t>(views.max_images));
    std::sort(shown.begin(), shown.end());
  }
  if (views.view_dropout <= 0 || shown.size() < 2) return shown;
  const int64_t last_resort = shown[rng.below(shown.size())];
  std::erase_if(shown, [&](int64_t) { return rng.uniform() < views.view_dropout; });
  if (shown.empty()) shown.push_back(last_resort);
  return shown;
}

ReadableRows leave_out(SampledRows& rows, const std::vector<int64_t>& unreadable) {
  std::vector<bool> is_readable(rows.images.size(), true);
  for (const int64_t place : unreadable) is_readable[static_cast<size_t>(place)] = false;
  ReadableRows left{{}, std::vector<bool>(rows.case_of_row.size(), true)};
  for (size_t i = 0; i < is_readable.size(); ++i) {
    if (is_readable[i]) left.is_blank[static_cast<size_t>(rows.row_of_image[i])] = false;
  }
  SampledRows kept{{}, {}, rows.case_of_row};
  for (size_t i = 0; i < is_readable.size(); ++i) {
    const int64_t row = rows.row_of_image[i];
    if (!is_readable[i] && !left.is_blank[static_cast<size_t>(row)]) continue;
    left.kept.push_back(static_cast<int64_t>(i));
    kept.images.push_back(rows.images[i]);
    kept.row_of_image.push_back(row);
  }
  rows = std::move(kept);
  return left;
}

std::vector<RowPart> split_rows(const std::vector<int64_t>& row_of_image,
                                int64_t max_images) {
  std::vector<RowPart> parts;
  const auto num_images = std::ssize(row_of_image);
  for (int64_t first = 0; first < num_images;) {
    const int64_t row = row_of_image[static_cast<size_t>(first)];
    int64_t end = first;
    while (end < num_images && row_of_image[static_cast<size_t>(end)] == row) ++end;
    if (parts.empty() || parts.back().num_images + end - first > max_images) {
      parts.push_back({row, 0, first, 0});
    }
    ++parts.back().num_rows;
    parts.back().num_images += end - first;
    first = end;
  }
  return parts;
}

}  // namespace medgraft::train
