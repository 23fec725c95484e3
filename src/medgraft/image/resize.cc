#include "medgraft/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "medgraft/image/vectorized.h"

namespace medgraft::image {
namespace {

using Taps = RowResizer::Taps;

// Four floats that are added and multiplied together.
using Lanes = float __attribute__((vector_size(16)));
constexpr int64_t kLanes = 4;

// Source: the definition of a normalized triangle filter on pixel centres at i + 0.5.
Taps triangle_taps(int64_t from, double filled, int64_t to) {
  const double scale = filled / static_cast<double>(to);
  const double width = std::max(scale, 1.0);
  Taps taps;
  taps.start.push_back(0);
  std::vector<double> weights;
  for (int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first =
        std::clamp<int64_t>(static_cast<int64_t>(center - width + 0.5), 0, from - 1);
    const auto end =
        std::clamp<int64_t>(static_cast<int64_t>(center + width + 0.5), first + 1, from);
    weights.clear();
    double sum = 0;
    for (int64_t j = first; j < end; ++j) {
      const double distance = std::abs((static_cast<double>(j) + 0.5 - center) / width);
      weights.push_back(std::max(1 - distance, 0.0));
      sum += weights.back();
    }
    taps.first.push_back(first);
    for (const double weight : weights) {
      taps.weights.push_back(static_cast<float>(weight / sum));
    }
    taps.start.push_back(std::ssize(taps.weights));
  }
  return taps;
}

// @return how many outputs may be begun and not complete at any time.
size_t most_at_once(const Taps& taps) {
  size_t most = 1;
  for (size_t first = 0, i = 0; i < taps.first.size(); ++i) {
    while (taps.end(first) <= taps.first[i]) ++first;
    most = std::max(most, i - first + 1);
  }
  return most;
}

void resize_gray_row(const float* in, const Taps& taps, float* out) {
  const auto count = taps.first.size();
  const float* weight = taps.weights.data();
  for (size_t i = 0; i < count; ++i) {
    const float* from = in + taps.first[i];
    float sum = 0;
    for (const float* end = taps.weights.data() + taps.start[i + 1]; weight < end;) {
      sum += *weight++ * *from++;
    }
    out[i] = sum;
  }
}

// One pixel in a vector, the fourth lane idle: `in` and `out` end a float later.
void resize_color_row(const float* in, const Taps& taps, float* out) {
  const auto count = taps.first.size();
  const float* weight = taps.weights.data();
  for (size_t i = 0; i < count; ++i) {
    const float* from = in + 3 * taps.first[i];
    Lanes sum = {};
    for (const float* end = taps.weights.data() + taps.start[i + 1]; weight < end;) {
      Lanes pixel;
      std::memcpy(&pixel, from, sizeof pixel);
      sum += *weight++ * pixel;
      from += 3;
    }
    std::memcpy(out + 3 * i, &sum, sizeof sum);
  }
}

}  // namespace

RowResizer::RowResizer(const RowSource& source, int64_t height, int64_t width)
    : channels_(source.channels),
      rows_(triangle_taps(source.height, source.filled_height, height)),
      columns_(triangle_taps(source.width, source.filled_width, width)),
      height_first_(height <= source.height),
      narrow_(static_cast<size_t>(width * channels_ + kLanes)),
      num_sums_(most_at_once(rows_)),
      sum_length_((height_first_ ? source.width : width) * channels_ + kLanes),
      out_{height, width, channels_, {}} {
  sums_.resize(num_sums_ * static_cast<size_t>(sum_length_));
  out_.pixels.resize(static_cast<size_t>(height * width * channels_));
}

void RowResizer::resize_row(const float* in, float* out) const {
  channels_ == 1 ? resize_gray_row(in, columns_, out)
                 : resize_color_row(in, columns_, out);
}

float* RowResizer::sum_of(size_t output) {
  return sums_.data() + (output % num_sums_) * static_cast<size_t>(sum_length_);
}

void RowResizer::add(std::span<const float> row) {
  const float* in = row.data();
  const auto narrow_length = out_.width * channels_;
  auto length = static_cast<int64_t>(row.size());
  if (!height_first_) {
    std::vector<float> padded(row.begin(), row.end());
    padded.resize(padded.size() + kLanes);
    resize_row(padded.data(), narrow_.data());
    in = narrow_.data();
    length = narrow_length;
  }
  const auto num_outputs = rows_.first.size();
  for (size_t i = next_output_; i < num_outputs && rows_.first[i] <= next_row_; ++i) {
    const auto tap = rows_.start[i] + next_row_ - rows_.first[i];
    add_scaled(sum_of(i), in, rows_.weights[static_cast<size_t>(tap)], length);
  }
  ++next_row_;
  while (next_output_ < num_outputs && rows_.end(next_output_) <= next_row_) {
    float* sum = sum_of(next_output_);
    float* out = out_.pixels.data() + static_cast<int64_t>(next_output_) * narrow_length;
    if (height_first_) resize_row(sum, narrow_.data());
    std::copy_n(height_first_ ? narrow_.data() : sum, narrow_length, out);
    std::fill_n(sum, sum_length_, 0.0F);
    ++next_output_;
  }
}

Image resize(Image image, int64_t height, int64_t width) {
  if (image.height == height && image.width == width) return image;
  RowResizer resizer(
      {image.height, image.width, image.channels, static_cast<double>(image.height),
       static_cast<double>(image.width)},
      height, width);
  const auto row = static_cast<size_t>(image.width * image.channels);
  for (size_t y = 0; y < static_cast<size_t>(image.height); ++y) {
    resizer.add(std::span(image.pixels).subspan(y * row, row));
  }
  auto out = resizer.finish();
  out.orientation = std::move(image.orientation);
  return out;
}

}  // namespace medgraft::image
