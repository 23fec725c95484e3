#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/dicom_codecs.h"

namespace medgraft::image {
namespace {

// Where OpenJPEG reads.
struct Source {
  std::span<const std::byte> bytes;
  size_t place = 0;
};

OPJ_SIZE_T read_some(void* to, OPJ_SIZE_T wanted, void* from) {
  auto& source = *static_cast<Source*>(from);
  const auto count = std::min<size_t>(wanted, source.bytes.size() - source.place);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(to, source.bytes.data() + source.place, count);
  source.place += count;
  return count;
}

OPJ_BOOL seek_to(OPJ_OFF_T place, void* from) {
  auto& source = *static_cast<Source*>(from);
  if (place < 0 || static_cast<size_t>(place) > source.bytes.size()) return OPJ_FALSE;
  source.place = static_cast<size_t>(place);
  return OPJ_TRUE;
}

OPJ_OFF_T skip_some(OPJ_OFF_T count, void* from) {
  const auto& source = *static_cast<Source*>(from);
  return seek_to(static_cast<OPJ_OFF_T>(source.place) + count, from) ? count : -1;
}

// Streams and codecs are pointers to void, so the type has to tell them apart.
template <auto destroy>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    destroy(object);
  }
};
using Stream = std::unique_ptr<opj_stream_t, Release<opj_stream_destroy>>;
using Codec = std::unique_ptr<opj_codec_t, Release<opj_destroy_codec>>;
using Picture = std::unique_ptr<opj_image_t, Release<opj_image_destroy>>;

Stream open_stream(Source& source) {
  Stream stream(opj_stream_default_create(OPJ_TRUE));
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), read_some);
  opj_stream_set_seek_function(stream.get(), seek_to);
  opj_stream_set_skip_function(stream.get(), skip_some);
  return stream;
}

bool has_shape(const opj_image_t& image, const Codestream& codestream) {
  if (image.numcomps != static_cast<OPJ_UINT32>(codestream.components)) return false;
  return std::all_of(image.comps, image.comps + image.numcomps, [&](const auto& one) {
    return one.data && one.w == static_cast<OPJ_UINT32>(codestream.width) &&
           one.h == static_cast<OPJ_UINT32>(codestream.height);
  });
}

}  // namespace

Result<Samples> decode_jpeg2000_samples(const Codestream& codestream) {
  Source source{codestream.bytes};
  const auto stream = open_stream(source);
  const Codec codec(opj_create_decompress(OPJ_CODEC_J2K));
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* decoded = nullptr;
  // The strict mode refuses what is cut off.
  const bool is_set = opj_setup_decoder(codec.get(), &parameters) &&
                      opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) &&
                      opj_read_header(stream.get(), codec.get(), &decoded);
  const Picture image(decoded);
  const bool is_read =
      is_set && image && opj_decode(codec.get(), stream.get(), image.get());
  if (!is_read || !has_shape(*image, codestream)) return Failure{"damaged JPEG 2000"};
  Samples samples(static_cast<size_t>(codestream.width * codestream.height) *
                  image->numcomps);
  for (size_t c = 0; c < image->numcomps; ++c) {
    const auto* from = image->comps[c].data;
    for (size_t i = c; i < samples.size(); i += image->numcomps) samples[i] = *from++;
  }
  return samples;
}

}  // namespace medgraft::image
