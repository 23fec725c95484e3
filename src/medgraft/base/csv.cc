#include "medgraft/base/csv.h"

#include <cmath>
#include <utility>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"

namespace medgraft {

CsvReader::CsvReader(const std::filesystem::path& path, char delimiter)
    : CsvReader(read_file(path), path.string(), delimiter) {
  require(content_.size() > position_, name_, " is empty; a header row is expected");
}

CsvReader::CsvReader(std::string content, std::string name, char delimiter)
    : content_(std::move(content)), name_(std::move(name)), delimiter_(delimiter) {
  if (content_.starts_with("\xef\xbb\xbf")) position_ = 3;
}

std::string_view CsvReader::plain_field() {
  const char* text = content_.data();
  const size_t start = position_, size = content_.size();
  while (position_ < size && text[position_] != delimiter_ && text[position_] != '\n' &&
         text[position_] != '\r') {
    ++position_;
  }
  return std::string_view(content_).substr(start, position_ - start);
}

std::string_view CsvReader::quoted_field(std::string& unquoted) {
  unquoted.clear();
  ++position_;
  for (;;) {
    const size_t quote = content_.find('"', position_);
    require(quote != std::string::npos, name_, ":", row_line_,
            ": a quoted field is not closed before the file ends");
    for (size_t i = position_; i < quote; ++i) line_ += content_[i] == '\n';
    unquoted.append(content_, position_, quote - position_);
    position_ = quote + 1;
    if (position_ >= content_.size() || content_[position_] != '"') break;
    unquoted += '"';
    ++position_;
  }
  unquoted += plain_field();
  return unquoted;
}

bool CsvReader::next(std::vector<std::string_view>& fields) {
  const char* text = content_.data();
  const size_t size = content_.size();
  while (position_ < size && (text[position_] == '\n' || text[position_] == '\r')) {
    if (text[position_] == '\n') ++line_;
    ++position_;
  }
  if (position_ >= size) return false;
  row_line_ = line_;

  fields.clear();
  size_t quoted = 0;
  for (;;) {
    if (position_ < size && text[position_] == '"') {
      if (quoted == unquoted_.size()) unquoted_.emplace_back();
      fields.push_back(quoted_field(unquoted_[quoted++]));
    } else {
      fields.push_back(plain_field());
    }
    if (position_ >= size || text[position_] != delimiter_) break;
    ++position_;
  }
  if (position_ < size && text[position_] == '\r') ++position_;
  if (position_ < size && text[position_] == '\n') {
    ++position_;
    ++line_;
  } else if (position_ < size && text[position_ - 1] == '\r') {
    ++line_;
  }
  return true;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  if (!next(views_)) return false;
  fields.resize(views_.size());
  for (size_t i = 0; i < fields.size(); ++i) fields[i].assign(views_[i]);
  return true;
}

CsvHeader::CsvHeader(std::vector<std::string> names, const std::string& file)
    : names_(std::move(names)), file_(file) {
  for (size_t i = 0; i < names_.size(); ++i) {
    require(index_.emplace(names_[i], i).second, file_, ": the header names column \"",
            names_[i], "\" twice");
  }
}

std::optional<size_t> CsvHeader::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

size_t CsvHeader::at(std::string_view name) const {
  const auto column = find(name);
  if (column) return *column;  // The hint costs a comparison with every name.
  throw UserError(text(file_, " has no column \"", name, "\"", hint(name, names_)));
}

CsvWriter& CsvWriter::field(std::string_view value) {
  if (row_is_open_) text_ += ',';
  row_is_open_ = true;
  if (value.find_first_of("\",\r\n") == std::string_view::npos) {
    text_ += value;
    return *this;
  }
  text_ += '"';
  for (const char c : value) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

CsvWriter& CsvWriter::field(double value) {
  return field(std::isnan(value) ? std::string() : format_number(value));
}

void CsvWriter::end_row() {
  text_ += '\n';
  row_is_open_ = false;
}

std::string CsvWriter::take() { return std::exchange(text_, {}); }

}  // namespace medgraft
