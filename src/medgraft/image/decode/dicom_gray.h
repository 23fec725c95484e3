#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/dicom_pixels.h"

namespace medgraft::image {

/// A modality, VOI or palette lookup table. What lies before it or behind it takes its
/// first or last entry.
struct DicomLookupTable {
  double first = 0;  ///< The value that its first entry is for.
  std::vector<double> entries;
  double highest = 1;  ///< The range's end: 2^bits - 1.

  double operator()(double value) const;
};

/// @return whether an element can hold 16-bit entries: damaged files give it any type.
bool holds_words(const DicomElement& element);

/// @param descriptor number of entries, first value, bits an entry.
/// @return nothing if there are fewer entries than described, or they are no entries.
std::optional<DicomLookupTable> read_lookup_table(const std::vector<double>& descriptor,
                                                  const DicomElement& entries,
                                                  bool has_signed_input);

/// @return the items of a functional group's sequence for a frame: its own, else the
/// shared ones. Source: PS3.3, C.7.6.16.
std::vector<DicomDataSet> functional_group(const DicomDataSet& data, int64_t frame,
                                           uint32_t sequence);

/// Modality LUT or rescale, VOI LUT or window, MONOCHROME1's inversion; padding is 0.
/// @return a value in [0, 1] for each stored one.
Result<std::vector<float>> gray_pixels(const DicomDataSet& data,
                                       const DicomPixels& pixels, const DicomFrame& frame,
                                       int64_t index, const Window& window);

}  // namespace medgraft::image
