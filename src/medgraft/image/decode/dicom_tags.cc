#include "medgraft/image/decode/dicom_tags.h"

#include <gdcmDict.h>
#include <gdcmDicts.h>
#include <gdcmGlobal.h>

#include <array>
#include <utility>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/dicom_elements.h"

namespace medgraft::image {
namespace {

constexpr uint32_t kViewPosition = 0x00185101;
constexpr uint32_t kViewCodeSequence = 0x00540220;
constexpr uint32_t kCodeValue = 0x00080100;
constexpr std::string_view kView = "View";

struct Keyword {
  std::string name;
  uint32_t tag;
  std::string vr;
};

// GDCM's dictionary, without repeating groups and group lengths.
const std::vector<Keyword>& keywords_known() {
  static const std::vector<Keyword> kKeywords = [] {
    std::vector<Keyword> known = {{std::string(kView), kViewPosition, "CS"}};
    const auto& dict = gdcm::Global::GetInstance().GetDicts().GetPublicDict();
    for (auto entry = dict.Begin(); entry != dict.End(); ++entry) {
      const std::string name = entry->second.GetKeyword();
      if (name.empty() || entry->first.GetElement() == 0) continue;
      known.push_back({name, entry->first.GetElementTag(),
                       gdcm::VR::GetVRString(entry->second.GetVR())});
    }
    return known;
  }();
  return kKeywords;
}

const Keyword& find_keyword(const std::string& name) {
  for (const auto& keyword : keywords_known()) {
    if (keyword.name == name) return keyword;
  }
  std::vector<std::string> names;
  for (const auto& keyword : keywords_known()) names.push_back(keyword.name);
  throw UserError(text("unknown DICOM keyword \"", name, "\"", hint(name, names)));
}

// Source: PS3.16, CID 4014 "View for Mammography", SNOMED CT and SNOMED RT codes, and the
// abbreviations of PS3.3, C.8.11.7.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20>
    kMammographyViews = {
        {{"399260004", "ML"},   {"R-10224", "ML"},     {"399368009", "MLO"},
         {"R-10226", "MLO"},    {"399352003", "LM"},   {"R-10228", "LM"},
         {"399099002", "LMO"},  {"R-10230", "LMO"},    {"399162004", "CC"},
         {"R-10242", "CC"},     {"399196006", "FB"},   {"R-10244", "FB"},
         {"399188001", "SIO"},  {"R-102D0", "SIO"},    {"441555000", "ISO"},
         {"R-40AAA", "ISO"},    {"399192008", "XCCL"}, {"R-1024A", "XCCL"},
         {"399101009", "XCCM"}, {"R-1024B", "XCCM"}}};

std::string view_of(const DicomDataSet& data) {
  const auto view = data.text(kViewPosition);
  if (!view.empty()) return view;
  for (const auto& item : data.items(kViewCodeSequence)) {
    const auto code = item.text(kCodeValue);
    for (const auto& [known, abbreviation] : kMammographyViews) {
      if (code == known) return std::string(abbreviation);
    }
  }
  return "";
}

bool is_number(std::string_view vr) {
  for (const std::string_view binary : {"US", "SS", "UL", "SL", "FL", "FD", "UV", "SV"}) {
    if (vr == binary) return true;
  }
  return false;
}

std::string value_of(const DicomDataSet& data, const Keyword& keyword) {
  const auto* element = data.find(keyword.tag);
  if (!element) return "";
  const auto& vr = element->vr.empty() ? keyword.vr : element->vr;
  if (!is_number(vr)) return data.text(keyword.tag);
  std::string joined;
  for (const double number : numbers_of(*element, vr)) {
    if (!joined.empty()) joined += '\\';
    joined += format_number(number);
  }
  return joined;
}

// Blanks around each of several values are padding.
std::string without_padding(std::string_view value) {
  std::string out;
  for (;;) {
    const auto end = value.find('\\');
    auto part = value.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    out += part;
    if (end == std::string_view::npos) return out;
    out += '\\';
    value.remove_prefix(end + 1);
  }
}

bool is_utf8(std::string_view value) {
  for (size_t i = 0; i < value.size();) {
    const auto lead = static_cast<unsigned char>(value[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (length == 0 || i + length > value.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(value[i + k]) & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::string as_utf8(std::string value) {
  if (is_utf8(value)) return value;
  std::string out;
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

}  // namespace

Result<std::map<std::string, std::string>> read_dicom_tags(
    std::span<const std::byte> file, std::span<const std::string> keywords) {
  std::vector<const Keyword*> wanted;
  for (const auto& name : keywords) wanted.push_back(&find_keyword(name));
  if (!is_dicom(file)) return Failure{"not a DICOM file"};
  auto found = read_dicom_elements(file, false);
  if (!found) return found.error();
  std::map<std::string, std::string> values;
  const auto& data = found.value().data;
  for (const auto* keyword : wanted) {
    const auto value = keyword->name == kView ? view_of(data) : value_of(data, *keyword);
    values[keyword->name] = as_utf8(without_padding(value));
  }
  return values;
}

}  // namespace medgraft::image
