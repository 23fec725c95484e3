#include "medgraft/image/decode/dicom_pixels.h"

#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"

namespace medgraft::image {
namespace {

constexpr uint32_t kSamplesPerPixel = 0x00280002;
constexpr uint32_t kPhotometricInterpretation = 0x00280004;
constexpr uint32_t kPlanarConfiguration = 0x00280006;
constexpr uint32_t kNumberOfFrames = 0x00280008;
constexpr uint32_t kRows = 0x00280010;
constexpr uint32_t kColumns = 0x00280011;
constexpr uint32_t kBitsAllocated = 0x00280100;
constexpr uint32_t kBitsStored = 0x00280101;
constexpr uint32_t kHighBit = 0x00280102;
constexpr uint32_t kPixelRepresentation = 0x00280103;
constexpr int64_t kMaximumSide = 65535;  // Rows and columns are of VR US.
// Times the bits of the largest frame this stays within an int64.
constexpr int kMaximumFrames = 1 << 24;

bool is_listed(std::string_view name, std::initializer_list<std::string_view> list) {
  for (const auto& listed : list) {
    if (name == listed) return true;
  }
  return false;
}

int64_t whole(const DicomDataSet& data, uint32_t tag, int64_t otherwise) {
  const double value = data.number(tag, "US", static_cast<double>(otherwise));
  return std::isfinite(value) && std::abs(value) < 1e15 ? static_cast<int64_t>(value)
                                                        : otherwise;
}

int64_t number_of_frames(const DicomDataSet& data) {
  const auto frames = data.numbers(kNumberOfFrames, "IS");
  if (frames.empty()) return 1;
  return frames[0] >= 0 && frames[0] <= kMaximumFrames ? static_cast<int64_t>(frames[0])
                                                       : 0;
}

std::string refusal_of_size(const DicomPixels& pixels) {
  if (pixels.rows < 1 || pixels.columns < 1) {
    return text("an image of ", pixels.columns, " x ", pixels.rows, " pixels");
  }
  if (pixels.rows > kMaximumSide || pixels.columns > kMaximumSide ||
      pixels.rows * pixels.columns > kMaximumPixels) {
    return text("DICOM of ", pixels.columns, " x ", pixels.rows, " pixels; at most ",
                kMaximumPixels, " are read");
  }
  if (pixels.frames < 1) return "damaged number of frames";
  return "";
}

std::string refusal_of_bits(const DicomPixels& pixels) {
  const auto allocated = pixels.bits_allocated;
  if (pixels.is_float) return "";
  if (allocated != 1 && allocated != 8 && allocated != 16 && allocated != 32) {
    return text(allocated, " bits allocated; 1, 8, 16 and 32 are read");
  }
  const bool is_consistent = pixels.bits_stored >= 1 && pixels.bits_stored <= allocated &&
                             pixels.high_bit >= pixels.bits_stored - 1 &&
                             pixels.high_bit < allocated;
  if (!is_consistent) {
    return text("bits stored ", pixels.bits_stored, " and high bit ", pixels.high_bit,
                " do not fit into ", allocated, " bits allocated");
  }
  return "";
}

std::string refusal_of_color(const DicomPixels& pixels) {
  const bool is_single = pixels.is_gray() || pixels.photometric == "PALETTE COLOR";
  const bool is_triple =
      is_listed(pixels.photometric, {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422",
                                     "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"});
  if (!is_single && !is_triple) {
    return text("photometric interpretation \"", pixels.photometric, "\" is not read");
  }
  if (pixels.samples != (is_single ? 1 : 3)) {
    return text(pixels.samples, " samples a pixel do not go with ", pixels.photometric);
  }
  // 32 unsigned bits, which only RGB is read of, exceed what the others count in.
  const bool is_deep = pixels.bits_allocated > 16 && pixels.photometric != "RGB";
  if (!pixels.is_gray() && (pixels.bits_allocated == 1 || is_deep)) {
    return text(pixels.photometric, " of ", pixels.bits_allocated,
                " bits allocated is not read");
  }
  if (pixels.is_float && !pixels.is_gray()) return "float pixel data of a colour image";
  return "";
}

}  // namespace

double DicomPixels::lowest() const {
  return is_signed ? -std::ldexp(1.0, static_cast<int>(bits_stored) - 1) : 0;
}

double DicomPixels::highest() const {
  return std::ldexp(1.0, static_cast<int>(bits_stored) - (is_signed ? 1 : 0)) - 1;
}

Result<DicomPixels> describe_pixels(const DicomFile& file) {
  const auto& data = file.data;
  if (!data.find(kRows) && !data.find(kColumns)) return Failure{"DICOM without an image"};
  DicomPixels pixels;
  pixels.rows = whole(data, kRows, 0);
  pixels.columns = whole(data, kColumns, 0);
  pixels.samples = whole(data, kSamplesPerPixel, 1);
  pixels.frames = number_of_frames(data);
  pixels.bits_allocated = whole(data, kBitsAllocated, 0);
  pixels.bits_stored = whole(data, kBitsStored, pixels.bits_allocated);
  pixels.high_bit = whole(data, kHighBit, pixels.bits_stored - 1);
  pixels.is_signed = whole(data, kPixelRepresentation, 0) == 1;
  pixels.is_planar = whole(data, kPlanarConfiguration, 0) == 1;
  pixels.is_float = data.find(kFloatPixelData) || data.find(kDoublePixelData);
  pixels.photometric = data.text(kPhotometricInterpretation);
  for (const auto& refusal :
       {refusal_of_size(pixels), refusal_of_bits(pixels), refusal_of_color(pixels)}) {
    if (!refusal.empty()) return Failure{refusal};
  }
  return pixels;
}

}  // namespace medgraft::image
