#include "medgraft/image/decode/dicom_gray.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "medgraft/image/decode/window.h"

namespace medgraft::image {
namespace {

constexpr uint32_t kPixelPaddingValue = 0x00280120;
constexpr uint32_t kPixelPaddingRangeLimit = 0x00280121;
constexpr uint32_t kFloatPixelPaddingValue = 0x00280122;
constexpr uint32_t kWindowCenter = 0x00281050;
constexpr uint32_t kWindowWidth = 0x00281051;
constexpr uint32_t kRescaleIntercept = 0x00281052;
constexpr uint32_t kRescaleSlope = 0x00281053;
constexpr uint32_t kVoiLutFunction = 0x00281056;
constexpr uint32_t kModalityLutSequence = 0x00283000;
constexpr uint32_t kLutDescriptor = 0x00283002;
constexpr uint32_t kLutData = 0x00283006;
constexpr uint32_t kVoiLutSequence = 0x00283010;
constexpr uint32_t kFrameVoiLutSequence = 0x00289132;
constexpr uint32_t kPixelValueTransformationSequence = 0x00289145;
constexpr uint32_t kSharedFunctionalGroups = 0x52009229;
constexpr uint32_t kPerFrameFunctionalGroups = 0x52009230;

using Mapping = std::function<double(double)>;

std::optional<DicomLookupTable> first_table(const DicomDataSet& data, uint32_t sequence,
                                            bool has_signed_input) {
  for (const auto& item : data.items(sequence)) {
    const auto* entries = item.find(kLutData);
    if (!entries) continue;
    const auto descriptor = item.numbers(kLutDescriptor, has_signed_input ? "SS" : "US");
    auto table = read_lookup_table(descriptor, *entries, has_signed_input);
    if (table) return table;
  }
  return std::nullopt;
}

// From stored values to the modality's units, and what the stored range becomes.
struct Modality {
  std::optional<DicomLookupTable> table;
  double slope = 1, intercept = 0;

  double operator()(double stored) const {
    return table ? (*table)(stored) : stored * slope + intercept;
  }
  Ramp range(const DicomPixels& pixels) const {
    if (table) return {0, table->highest};
    const double a = (*this)(pixels.lowest()), b = (*this)(pixels.highest());
    return {std::min(a, b), std::max(a, b)};
  }
};

Modality read_modality(const DicomDataSet& data, const DicomPixels& pixels,
                       int64_t frame) {
  Modality modality;
  modality.table = first_table(data, kModalityLutSequence, pixels.is_signed);
  const auto own = functional_group(data, frame, kPixelValueTransformationSequence);
  const auto& from = own.empty() ? data : own[0];
  const double slope = from.number(kRescaleSlope, "DS", 1);
  modality.slope = slope == 0 ? 1 : slope;
  modality.intercept = from.number(kRescaleIntercept, "DS", 0);
  return modality;
}

std::optional<Mapping> first_window(const DicomDataSet& data) {
  const auto centers = data.numbers(kWindowCenter, "DS");
  const auto widths = data.numbers(kWindowWidth, "DS");
  if (centers.empty() || widths.empty() || !(widths[0] > 0)) return std::nullopt;
  const double center = centers[0], width = widths[0];
  const auto function = data.text(kVoiLutFunction);
  if (function == "SIGMOID") {
    return [=](double x) { return 1 / (1 + std::exp(-4 * (x - center) / width)); };
  }
  if (function == "LINEAR_EXACT") return Ramp{center - width / 2, center + width / 2};
  return linear_window(center, width);
}

std::optional<Mapping> stored_voi(const DicomDataSet& data, bool has_signed_input,
                                  int64_t frame, Window::Kind kind) {
  const auto own = functional_group(data, frame, kFrameVoiLutSequence);
  if (!own.empty()) {
    if (auto window = first_window(own[0])) return window;
  }
  if (kind == Window::Kind::kAuto) {
    if (auto table = first_table(data, kVoiLutSequence, has_signed_input)) {
      return [table = std::move(*table)](double x) { return table(x) / table.highest; };
    }
  }
  return first_window(data);
}

// Stored values that stand for no measurement.
class Padding {
 public:
  Padding(const DicomDataSet& data, const DicomPixels& pixels) {
    const auto* vr = pixels.is_float ? "FL" : pixels.is_signed ? "SS" : "US";
    const auto tag = pixels.is_float ? kFloatPixelPaddingValue : kPixelPaddingValue;
    const auto value = data.numbers(tag, vr);
    if (value.empty()) return;
    const auto limit = data.numbers(kPixelPaddingRangeLimit, vr);
    const double first = as_stored(value[0], pixels);
    const double last = limit.empty() ? first : as_stored(limit[0], pixels);
    low_ = std::min(first, last);
    high_ = std::max(first, last);
  }

  bool contains(double stored) const {
    return std::isnan(stored) || (low_ <= stored && stored <= high_);
  }

 private:
  // Many files state the value as unsigned where the pixels are signed, or the reverse.
  static double as_stored(double value, const DicomPixels& pixels) {
    constexpr double kSixteenBits = 65536;
    if (pixels.is_float) return value;
    if (pixels.is_signed && value > pixels.highest()) return value - kSixteenBits;
    if (!pixels.is_signed && value < 0) return value + kSixteenBits;
    return value;
  }

  double low_ = 1, high_ = 0;
};

template <class Stored>
Ramp percentiles(const std::vector<Stored>& stored, const Modality& modality,
                 const Padding& padding, const Window& window) {
  std::vector<double> values;
  values.reserve(stored.size());
  for (const auto value : stored) {
    const auto number = static_cast<double>(value);
    if (padding.contains(number)) continue;
    const double meant = modality(number);
    if (std::isfinite(meant)) values.push_back(meant);
  }
  return percentile_window(values, window.first, window.second);
}

std::vector<float> mapped(const std::vector<double>& stored, const Mapping& mapping) {
  std::vector<float> out(stored.size());
  std::transform(stored.begin(), stored.end(), out.begin(),
                 [&](double value) { return static_cast<float>(mapping(value)); });
  return out;
}

// As std::minmax_element, in a form that the compiler makes wide.
std::pair<int32_t, int32_t> extremes(const std::vector<int32_t>& values) {
  int32_t low = values[0], high = values[0];
  for (const int32_t value : values) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return {low, high};
}

// Where there are fewer values than pixels, each is mapped once.
std::vector<float> mapped(const std::vector<int32_t>& stored, const Mapping& mapping) {
  std::vector<float> out(stored.size());
  if (stored.empty()) return out;
  const auto [low, high] = extremes(stored);
  const int64_t first = low, count = high - first + 1;
  const auto direct = [&](int64_t value) {
    return static_cast<float>(mapping(static_cast<double>(value)));
  };
  if (count > std::ssize(stored)) {
    std::transform(stored.begin(), stored.end(), out.begin(), direct);
    return out;
  }
  std::vector<float> table(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) table[static_cast<size_t>(i)] = direct(first + i);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = table[static_cast<size_t>(stored[i] - low)];
  }
  return out;
}

}  // namespace

double DicomLookupTable::operator()(double value) const {
  const double place = std::min(value - first, static_cast<double>(entries.size() - 1));
  return entries[place > 0 ? static_cast<size_t>(place) : 0];  // This way round for NaN.
}

bool holds_words(const DicomElement& element) {
  const auto& vr = element.vr;
  return vr.empty() || vr == "UN" || vr == "OB" || vr == "OW" || vr == "US" || vr == "SS";
}

std::optional<DicomLookupTable> read_lookup_table(const std::vector<double>& descriptor,
                                                  const DicomElement& entries,
                                                  bool has_signed_input) {
  constexpr int kSixteenBits = 65536;
  const auto is_sensible = [](double value) { return std::abs(value) <= kSixteenBits; };
  if (descriptor.size() < 3 || !holds_words(entries) || !is_sensible(descriptor[0]) ||
      !is_sensible(descriptor[1])) {
    return std::nullopt;
  }
  const auto wrapped = static_cast<int>(descriptor[0]) & (kSixteenBits - 1);
  const auto count = static_cast<size_t>(wrapped == 0 ? kSixteenBits : wrapped);
  const double bits = descriptor[2];
  if (!(bits >= 1 && bits <= 16)) return std::nullopt;
  DicomLookupTable table;
  table.first = descriptor[1];
  constexpr double kFirstNegative = 32768;  // Where it is read as unsigned.
  if (has_signed_input && table.first >= kFirstNegative) table.first -= kSixteenBits;
  table.highest = std::exp2(bits) - 1;
  if (entries.value.size() >= 2 * count) {
    table.entries = numbers_of(entries, "US");
    table.entries.resize(count);
    if (entries.vr == "SS") {
      for (auto& entry : table.entries) entry = entry < 0 ? entry + kSixteenBits : entry;
    }
  } else if (entries.value.size() >= count && bits <= 8) {
    for (const auto byte : entries.value.first(count)) {
      table.entries.push_back(std::to_integer<int>(byte));
    }
  }
  if (table.entries.size() != count) return std::nullopt;
  const auto highest = *std::max_element(table.entries.begin(), table.entries.end());
  // Some writers state 8 bits and use 16; other entries beyond the range are damage.
  constexpr double kEightBits = 255;
  if (bits <= 8 && highest > kEightBits) table.highest = kSixteenBits - 1;
  for (auto& entry : table.entries) entry = std::min(entry, table.highest);
  return table;
}

std::vector<DicomDataSet> functional_group(const DicomDataSet& data, int64_t frame,
                                           uint32_t sequence) {
  const auto frames = data.items(kPerFrameFunctionalGroups);
  if (frame < std::ssize(frames)) {
    auto own = frames[static_cast<size_t>(frame)].items(sequence);
    if (!own.empty()) return own;
  }
  const auto shared = data.items(kSharedFunctionalGroups);
  return shared.empty() ? shared : shared[0].items(sequence);
}

Result<std::vector<float>> gray_pixels(const DicomDataSet& data,
                                       const DicomPixels& pixels, const DicomFrame& frame,
                                       int64_t index, const Window& window) {
  const auto modality = read_modality(data, pixels, index);
  const Padding padding(data, pixels);
  const auto range = modality.range(pixels);
  std::optional<Mapping> voi;
  if (window.kind == Window::Kind::kFixed) {
    voi = linear_window(window.first, window.second);
  } else if (window.kind == Window::Kind::kPercentile) {
    voi = frame.reals.empty() ? percentiles(frame.integers, modality, padding, window)
                              : percentiles(frame.reals, modality, padding, window);
  } else {
    voi = stored_voi(data, range.low < 0, index, window.kind);
  }
  if (!voi && pixels.is_float) {
    return Failure{
        "float pixel data without a window: give window(CENTER,WIDTH) or "
        "window(percentile)"};
  }
  if (!voi) voi = range;
  const bool inverts = frame.photometric == "MONOCHROME1";
  const Mapping mapping = [&](double stored) {
    if (padding.contains(stored)) return 0.0;
    const double value = (*voi)(modality(stored));
    if (std::isnan(value)) return 0.0;  // Of a damaged rescale.
    return inverts ? 1 - value : value;
  };
  return frame.reals.empty() ? mapped(frame.integers, mapping)
                             : mapped(frame.reals, mapping);
}

}  // namespace medgraft::image
