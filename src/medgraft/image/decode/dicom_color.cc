#include "medgraft/image/decode/dicom_color.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/dicom_gray.h"

namespace medgraft::image {
namespace {

// Of red; green's and blue's tags follow.
constexpr uint32_t kPaletteDescriptor = 0x00281101;
constexpr uint32_t kPaletteData = 0x00281201;
constexpr uint32_t kSegmentedPaletteData = 0x00281221;

// Runs, straight lines and copies of them. Source: PS3.3, C.7.9.2.
class SegmentedPalette {
 public:
  SegmentedPalette(std::vector<double> codes, size_t count)
      : codes_(std::move(codes)), count_(count) {}

  /// @return no more than `count` entries; none if the codes are damaged.
  std::vector<double> expand() {
    for (size_t at = 0; at < codes_.size() && entries_.size() < count_;) {
      at = read_segment(at, true);
      if (at == 0) return {};
    }
    return entries_.size() == count_ ? std::move(entries_) : std::vector<double>{};
  }

 private:
  // @return where the next segment starts, or 0 after damage.
  size_t read_segment(size_t at, bool may_copy) {
    if (codes_.size() - at < 2) return 0;
    const double kind = codes_[at];
    const auto length = static_cast<size_t>(codes_[at + 1]);
    at += 2;
    if (kind == 0 && codes_.size() - at >= length) {
      for (size_t i = 0; i < length; ++i) append(codes_[at + i]);
      return at + length;
    }
    if (kind == 1 && codes_.size() - at >= 1 && !entries_.empty()) {
      const double from = entries_.back(), to = codes_[at];
      for (size_t i = 1; i <= length; ++i) {
        const double part = static_cast<double>(i) / static_cast<double>(length);
        append(std::round(from + (to - from) * part));
      }
      return at + 1;
    }
    if (kind == 2 && may_copy && codes_.size() - at >= 2) return copy(at, length);
    return 0;
  }

  size_t copy(size_t at, size_t segments) {
    // The place of the first segment to repeat, in bytes.
    const auto offset = static_cast<size_t>(codes_[at] + codes_[at + 1] * 65536);
    size_t from = offset / sizeof(uint16_t);
    if (from >= codes_.size()) return 0;
    for (size_t i = 0; i < segments && entries_.size() < count_; ++i) {
      from = read_segment(from, false);
      if (from == 0) return 0;
    }
    return at + 2;
  }

  void append(double entry) {
    if (entries_.size() < count_) entries_.push_back(entry);
  }

  std::vector<double> codes_, entries_;
  size_t count_;
};

std::optional<DicomLookupTable> read_palette(const DicomDataSet& data,
                                             const DicomPixels& pixels,
                                             uint32_t channel) {
  const auto descriptor =
      data.numbers(kPaletteDescriptor + channel, pixels.is_signed ? "SS" : "US");
  if (const auto* entries = data.find(kPaletteData + channel)) {
    return read_lookup_table(descriptor, *entries, pixels.is_signed);
  }
  const auto* segments = data.find(kSegmentedPaletteData + channel);
  constexpr int kSixteenBits = 65536;
  if (!segments || !holds_words(*segments) || descriptor.size() < 3 ||
      descriptor[2] != 16 || !(std::abs(descriptor[0]) <= kSixteenBits)) {
    return std::nullopt;
  }
  const auto count = static_cast<int>(descriptor[0]) & (kSixteenBits - 1);
  DicomLookupTable table;
  table.first = descriptor[1];
  table.highest = kSixteenBits - 1;
  // Codes are unsigned, whatever type is stated.
  const DicomElement codes{segments->tag, "US", segments->value, segments->encoding,
                           false};
  table.entries = SegmentedPalette(numbers_of(codes, "US"),
                                   static_cast<size_t>(count == 0 ? kSixteenBits : count))
                      .expand();
  if (table.entries.empty()) return std::nullopt;
  return table;
}

Result<std::vector<float>> palette_pixels(const DicomDataSet& data,
                                          const DicomPixels& pixels,
                                          const DicomFrame& frame) {
  std::vector<float> out(frame.integers.size() * 3);
  for (uint32_t channel = 0; channel < 3; ++channel) {
    const auto palette = read_palette(data, pixels, channel);
    if (!palette) return Failure{"the colour palette is missing, damaged or not read"};
    for (size_t i = 0; i < frame.integers.size(); ++i) {
      out[3 * i + channel] =
          static_cast<float>((*palette)(frame.integers[i]) / palette->highest);
    }
  }
  return out;
}

// Red, green and blue as sums of Y, Cb and Cr.
struct YbrModel {
  std::array<std::array<double, 3>, 3> weights;
  double black, gray;  ///< Of 8-bit samples: Y at black, Cb and Cr at gray.
};

// Source: ITU-T T.871, clause 7 (PS3.3, C.7.6.3.1.2: YBR_FULL).
constexpr YbrModel kFull = {
    {{{1, 0, 1.402}, {1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587}, {1, 1.772, 0}}},
    0,
    128};

// Source: ITU-R BT.601, section 2.5.4: black at 16, white at 235, chroma from 16 to 240.
constexpr double kLuma = 255.0 / 219, kChroma = 255.0 / 224;
constexpr YbrModel kPartial = {
    {{{kLuma, 0, 1.402 * kChroma},
      {kLuma, -0.114 * 1.772 / 0.587 * kChroma, -0.299 * 1.402 / 0.587 * kChroma},
      {kLuma, 1.772 * kChroma, 0}}},
    16,
    128};

std::vector<float> ybr_pixels(const DicomPixels& pixels, const DicomFrame& frame,
                              const YbrModel& model) {
  const double maximum = pixels.highest();
  const double scale = (maximum + 1) / 256;
  std::vector<float> out(frame.integers.size());
  for (size_t i = 0; i + 2 < out.size(); i += 3) {
    const std::array<double, 3> ybr = {frame.integers[i] - model.black * scale,
                                       frame.integers[i + 1] - model.gray * scale,
                                       frame.integers[i + 2] - model.gray * scale};
    for (size_t c = 0; c < 3; ++c) {
      const auto& weights = model.weights[c];
      const double value =
          weights[0] * ybr[0] + weights[1] * ybr[1] + weights[2] * ybr[2];
      out[i + c] = static_cast<float>(std::clamp(value / maximum, 0.0, 1.0));
    }
  }
  return out;
}

std::vector<float> rgb_pixels(const DicomPixels& pixels, const DicomFrame& frame) {
  const double low = pixels.lowest(), range = pixels.highest() - low;
  const auto scaled = [&](double value) {
    return static_cast<float>(std::clamp((value - low) / range, 0.0, 1.0));
  };
  std::vector<float> out(std::max(frame.integers.size(), frame.reals.size()));
  std::transform(frame.reals.begin(), frame.reals.end(), out.begin(), scaled);
  std::transform(frame.integers.begin(), frame.integers.end(), out.begin(), scaled);
  return out;
}

}  // namespace

Result<std::vector<float>> color_pixels(const DicomDataSet& data,
                                        const DicomPixels& pixels,
                                        const DicomFrame& frame) {
  const auto& photometric = frame.photometric;
  if (photometric == "PALETTE COLOR") return palette_pixels(data, pixels, frame);
  if (photometric == "RGB") return rgb_pixels(pixels, frame);
  if (photometric == "YBR_FULL") return ybr_pixels(pixels, frame, kFull);
  if (photometric == "YBR_PARTIAL") return ybr_pixels(pixels, frame, kPartial);
  return Failure{text("uncompressed ", photometric, " is not read")};
}

}  // namespace medgraft::image
