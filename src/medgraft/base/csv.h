#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace medgraft {

/// Reads comma-separated values (RFC 4180) row by row: quoted fields with doubled quotes,
/// commas and line breaks inside; LF, CRLF or CR ends a row; a UTF-8 byte order mark is
/// skipped. The whole file is in memory.
class CsvReader {
 public:
  /// @throws UserError if the file cannot be read or is empty.
  explicit CsvReader(const std::filesystem::path& path, char delimiter = ',');
  /// Reads `content` itself; `name` stands for the file in messages.
  CsvReader(std::string content, std::string name, char delimiter = ',');

  /// Reads the next row into `fields`, reusing its strings. Skips blank lines.
  /// @return false at the end. @throws UserError on an unterminated quote.
  bool next(std::vector<std::string>& fields);
  /// The same without a copy: the fields are valid until the next row is read.
  bool next(std::vector<std::string_view>& fields);

  /// The line on which the row that was read last begins, from 1.
  int64_t line() const { return row_line_; }
  const std::string& name() const { return name_; }

 private:
  std::string_view plain_field();
  std::string_view quoted_field(std::string& unquoted);

  std::string content_, name_;
  char delimiter_;
  std::vector<std::string_view> views_;
  std::deque<std::string> unquoted_;  ///< Of the row; a deque's items stay in place.
  size_t position_ = 0;
  int64_t line_ = 1, row_line_ = 0;
};

/// A header row and where each column is.
class CsvHeader {
 public:
  CsvHeader() = default;
  /// @throws UserError if two columns share a name.
  CsvHeader(std::vector<std::string> names, const std::string& file);

  std::optional<size_t> find(std::string_view name) const;
  /// @throws UserError listing the columns there are, with the nearest name.
  size_t at(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, size_t> index_;
  std::string file_;
};

/// Collects rows of comma-separated values; fields are quoted where RFC 4180 asks for it.
class CsvWriter {
 public:
  CsvWriter& field(std::string_view value);
  /// Shortest text that parses back; NaN is an empty field.
  CsvWriter& field(double value);
  void end_row();

  const std::string& text() const { return text_; }
  /// Hands over what was collected, so that a large file can be written in pieces.
  std::string take();

 private:
  std::string text_;
  bool row_is_open_ = false;
};

}  // namespace medgraft
