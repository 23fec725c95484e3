#include <charls/charls.h>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/dicom_codecs.h"

namespace medgraft::image {
namespace {

// @return bytes of one or, little endian, two a sample, as the codestream orders them.
std::vector<uint8_t> decoded_bytes(charls::jpegls_decoder& decoder,
                                   const Codestream& codestream) {
  const auto frame = decoder.source(codestream.bytes).read_header().frame_info();
  const bool is_same = frame.width == codestream.width &&
                       frame.height == codestream.height &&
                       frame.component_count == codestream.components &&
                       frame.bits_per_sample == codestream.precision;
  return is_same ? decoder.decode<std::vector<uint8_t>>() : std::vector<uint8_t>{};
}

}  // namespace

Result<Samples> decode_jpeg_ls_samples(const Codestream& codestream) try {
  charls::jpegls_decoder decoder;
  const auto bytes = decoded_bytes(decoder, codestream);
  const auto pixels = static_cast<size_t>(codestream.width * codestream.height);
  const auto components = static_cast<size_t>(codestream.components);
  const size_t width = codestream.precision <= 8 ? 1 : 2;
  Samples samples(pixels * components);
  if (bytes.size() != samples.size() * width) return Failure{"damaged JPEG-LS"};
  const bool is_planar = decoder.interleave_mode() == charls::interleave_mode::none;
  for (size_t i = 0; i < samples.size(); ++i) {
    const size_t from = is_planar ? i % components * pixels + i / components : i;
    samples[i] = width == 1 ? bytes[from] : bytes[2 * from] | bytes[2 * from + 1] << 8;
  }
  return samples;
} catch (const charls::jpegls_error& error) {
  return Failure{text("damaged JPEG-LS: ", error.what())};
}

}  // namespace medgraft::image
