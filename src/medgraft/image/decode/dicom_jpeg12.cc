#include <cstddef>
#include <cstdio>

extern "C" {
#include <gdcmjpeg/12/jerror.h>
#include <gdcmjpeg/12/jinclude.h>
#include <gdcmjpeg/12/jpeglib.h>
}

#include "medgraft/image/decode/dicom_jpeg_bits.h"

namespace medgraft::image {

Result<Samples> decode_jpeg12_samples(const Codestream& codestream) {
  return decode_samples(codestream);
}

}  // namespace medgraft::image
