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

bool CsvReader::next(std::vector<std::string>& fields) {
  const char* text = content_.data();
  const size_t size = content_.size();
  while (position_ < size && (text[position_] == '\n' || text[position_] == '\r')) {
    if (text[position_] == '\n') ++line_;
    ++position_;
  }
  if (position_ >= size) return false;
  row_line_ = line_;

  size_t count = 0;
  for (;;) {
    if (count == fields.size()) fields.emplace_back();
    std::string& field = fields[count++];
    field.clear();
    if (position_ < size && text[position_] == '"') {
      ++position_;
      for (;;) {
        const size_t quote = content_.find('"', position_);
        require(quote != std::string::npos, name_, ":", row_line_,
                ": a quoted field is not closed before the file ends");
        for (size_t i = position_; i < quote; ++i) line_ += text[i] == '\n';
        field.append(content_, position_, quote - position_);
        position_ = quote + 1;
        if (position_ >= size || text[position_] != '"') break;
        field += '"';
        ++position_;
      }
    }
    const size_t start = position_;
    while (position_ < size && text[position_] != delimiter_ && text[position_] != '\n' &&
           text[position_] != '\r') {
      ++position_;
    }
    field.append(content_, start, position_ - start);
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
  fields.resize(count);
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
