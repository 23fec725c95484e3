#include <cmath>
#include <new>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/dicom_color.h"
#include "medgraft/image/decode/dicom_gray.h"
#include "medgraft/image/decode/window.h"

namespace medgraft::image {
namespace {

constexpr uint32_t kPatientOrientation = 0x00200020;
constexpr uint32_t kLaterality = 0x00200060;
constexpr uint32_t kImageLaterality = 0x00200062;
constexpr uint32_t kFrameAnatomySequence = 0x00209071;
constexpr uint32_t kFrameLaterality = 0x00209072;
constexpr uint32_t kPatientOrientationInFrameSequence = 0x00209450;

std::string of_frame(const DicomDataSet& data, int64_t frame, uint32_t sequence,
                     uint32_t tag) {
  const auto items = functional_group(data, frame, sequence);
  return items.empty() ? "" : items[0].text(tag);
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const auto& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

Orientation read_orientation(const DicomDataSet& data, int64_t frame) {
  auto laterality =
      first_of({of_frame(data, frame, kFrameAnatomySequence, kFrameLaterality),
                data.text(kImageLaterality), data.text(kLaterality)});
  if (laterality != "L" && laterality != "R") laterality.clear();
  auto direction = first_of(
      {of_frame(data, frame, kPatientOrientationInFrameSequence, kPatientOrientation),
       data.text(kPatientOrientation)});
  direction = direction.substr(0, direction.find('\\'));
  return {laterality, direction};
}

Result<Image> decode_frame(const DicomFile& file, const DicomPixels& pixels,
                           const DecodeOptions& options) {
  auto frame = read_frame(file, pixels, options.frame);
  if (!frame) return frame.error();
  if (frame.value().photometric.empty()) frame.value().photometric = pixels.photometric;
  const auto channels = pixels.is_gray() ? 1 : 3;
  auto values = pixels.is_gray() ? gray_pixels(file.data, pixels, frame.value(),
                                               options.frame, options.window)
                                 : color_pixels(file.data, pixels, frame.value());
  if (!values) return values.error();
  Image image{pixels.rows, pixels.columns, channels, std::move(values.value()),
              read_orientation(file.data, options.frame)};
  if (pixels.is_gray()) return image;
  return windowed(std::move(image), options.window,
                  std::ldexp(1.0, static_cast<int>(pixels.bits_stored)) - 1);
}

}  // namespace

Result<Image> decode_dicom(std::span<const std::byte> file,
                           const DecodeOptions& options) try {
  auto found = read_dicom_elements(file, true);
  if (!found) return found.error();
  auto pixels = describe_pixels(found.value());
  if (!pixels) return pixels.error();
  const auto frames = pixels.value().frames;
  if (options.frame < 0 || options.frame >= frames) {
    return Failure{text("the file has ", frames, frames == 1 ? " frame" : " frames",
                        "; frame ", options.frame, " was asked for, counted from 0")};
  }
  return decode_frame(found.value(), pixels.value(), options);
} catch (const std::bad_alloc&) {
  return Failure{"too large for the memory there is"};
}

Result<Header> read_dicom_header(std::span<const std::byte> file) try {
  auto found = read_dicom_elements(file, true);
  if (!found) return found.error();
  auto pixels = describe_pixels(found.value());
  if (!pixels) return pixels.error();
  const auto& own = pixels.value();
  return Header{"dicom",         own.rows,  own.columns, own.is_gray() ? 1 : 3,
                own.bits_stored, own.frames};
} catch (const std::bad_alloc&) {
  return Failure{"too large for the memory there is"};
}

}  // namespace medgraft::image
