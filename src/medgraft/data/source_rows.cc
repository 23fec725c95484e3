#include "medgraft/data/source_rows.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <unordered_set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"

namespace medgraft::data {
namespace {

bool equals_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::optional<size_t> SourceRows::find(std::string_view name) const {
  std::optional<size_t> found;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i] == name) return i;
  }
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (!equals_but_for_case(fields_[i], name)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

size_t SourceRows::field_index(const std::string& name) const {
  const auto found = find(name);
  if (found) return *found;
  auto known = fields_;
  std::unordered_set<std::string> seen(known.begin(), known.end());
  for (const auto& other : known_names_) {
    if (seen.insert(other).second) known.push_back(other);
  }
  throw UserError(text("the source has no field \"", name, "\"", hint(name, known)));
}

size_t SourceRows::add_field(const std::string& name) {
  const auto found = std::find(fields_.begin(), fields_.end(), name);
  if (found != fields_.end()) return static_cast<size_t>(found - fields_.begin());
  fields_.push_back(name);
  columns_.emplace_back(places_.size());
  return fields_.size() - 1;
}

size_t SourceRows::add_row(const std::string& where, int64_t line) {
  if (files_.empty() || files_.back() != where) files_.push_back(where);
  places_.push_back({static_cast<uint32_t>(files_.size() - 1), line});
  for (auto& column : columns_) column.emplace_back();
  return places_.size() - 1;
}

std::string_view SourceRows::keep(std::string_view text) {
  constexpr size_t kBlock = size_t{1} << 18;
  if (text.empty()) return {};
  if (text.size() > block_size_ - block_used_) {
    block_size_ = std::max(kBlock, text.size());
    block_used_ = 0;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
  }
  char* at = blocks_.back().get() + block_used_;
  std::memcpy(at, text.data(), text.size());
  block_used_ += text.size();
  return {at, text.size()};
}

void SourceRows::take(const std::vector<size_t>& rows) {
  const auto pick = [&](auto& values) {
    std::remove_reference_t<decltype(values)> picked;
    picked.reserve(rows.size());
    for (const size_t row : rows) picked.push_back(values[row]);
    values = std::move(picked);
  };
  for (auto& column : columns_) pick(column);
  pick(places_);
}

void SourceRows::adopt(SourceRows&& other) {
  // At the front: the last block is the one that is being filled.
  blocks_.insert(blocks_.begin(), std::make_move_iterator(other.blocks_.begin()),
                 std::make_move_iterator(other.blocks_.end()));
  for (const auto& names : {other.fields_, other.known_names_}) {
    known_names_.insert(known_names_.end(), names.begin(), names.end());
  }
  other = {};
}

std::string SourceRows::place(size_t row) const {
  const auto& place = places_[row];
  const auto& file = files_[place.file];
  return file.empty() ? std::string(at(row, 0)) : text(file, ":", place.line);
}

}  // namespace medgraft::data
