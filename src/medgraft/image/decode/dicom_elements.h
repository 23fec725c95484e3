#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/base/result.h"

namespace medgraft::image {

/// How the elements of a data set are written.
struct DicomEncoding {
  bool is_explicit = true;  ///< Each element states its value representation (VR).
  bool is_big_endian = false;
};

/// One element of a data set. Its value lies in the file's own bytes.
struct DicomElement {
  uint32_t tag = 0;  ///< Group and element: 0x00280010 is Rows, (0028,0010).
  std::string vr;    ///< Empty where the file leaves it to the dictionary.
  std::span<const std::byte> value;  ///< Of a sequence: its items.
  DicomEncoding encoding;            ///< Of the value.
  bool has_undefined_length = false;
};

/// The elements of one level, in the file's order.
struct DicomDataSet {
  std::vector<DicomElement> elements;

  /// @return null where there is none or it is empty.
  const DicomElement* find(uint32_t tag) const;
  /// @return the value without padding; "" where there is none.
  std::string text(uint32_t tag) const;
  /// @param vr what to read the value as where the file does not say: "US", "DS"...
  /// @return every number of a value; a DS or IS that is no number is left out.
  std::vector<double> numbers(uint32_t tag, std::string_view vr) const;
  double number(uint32_t tag, std::string_view vr, double otherwise) const;
  /// @return the items of a sequence; none where it is absent or damaged.
  std::vector<DicomDataSet> items(uint32_t tag) const;
};

/// @return the numbers of a binary or decimal value, as `vr` (which an element that
/// states its own overrules).
std::vector<double> numbers_of(const DicomElement& element, std::string_view vr);

/// @return the items of a sequence.
Result<std::vector<DicomDataSet>> read_items(const DicomElement& sequence);

/// @return the fragments of encapsulated pixel data; the first is the offset table.
Result<std::vector<std::span<const std::byte>>> read_fragments(
    const DicomElement& pixels);

/// A file's elements up to its pixel data, which is the last one.
struct DicomFile {
  std::string transfer_syntax;
  DicomDataSet data;
  std::vector<std::byte> inflated;  ///< What `data` points into if the file is deflated.
};

inline constexpr uint32_t kPixelData = 0x7FE00010;
inline constexpr uint32_t kFloatPixelData = 0x7FE00008;
inline constexpr uint32_t kDoublePixelData = 0x7FE00009;

/// Walks over the elements. Every length is checked against the bytes that there are, and
/// nothing is allocated by what a length claims.
/// @param file must outlive what is returned.
/// @param with_pixels false: the pixel data may be missing or cut off.
/// Source: DICOM PS3.5 (2024), chapters 7 and A.
Result<DicomFile> read_dicom_elements(std::span<const std::byte> file, bool with_pixels);

/// Inflates raw deflate data. @return a Failure beyond `limit` bytes or if it is damaged.
Result<std::vector<std::byte>> inflate_bytes(std::span<const std::byte> deflated,
                                             size_t limit);

}  // namespace medgraft::image
