#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medgraft::data {

/// Rows of text fields: what every kind of published layout is first turned into. Stored
/// by column, as views of texts that it owns: a table of half a million rows stays small.
class SourceRows {
 public:
  size_t size() const { return places_.size(); }
  const std::vector<std::string>& fields() const { return fields_; }

  /// @return the field of that name, or the only one that differs from it in case.
  std::optional<size_t> find(std::string_view name) const;
  /// @throws UserError with the nearest of the fields that the source has or had.
  size_t field_index(const std::string& name) const;
  /// Names that messages may suggest although no rule asked for their columns.
  void add_known_name(const std::string& name) { known_names_.push_back(name); }

  /// @return the field of exactly that name, which is added, blank, where there is none.
  size_t add_field(const std::string& name);
  /// Adds a blank row. @param where its file, for messages; empty: its first field is.
  /// @param line of that file, from 1.
  size_t add_row(const std::string& where, int64_t line);
  void set(size_t row, size_t field, std::string_view value) {
    columns_[field][row] = keep(value);
  }
  std::string_view at(size_t row, size_t field) const { return columns_[field][row]; }
  /// Sets a cell to a text that this object, or one that it adopted, owns already.
  void share(size_t row, size_t field, std::string_view kept) {
    columns_[field][row] = kept;
  }

  /// Replaces the rows by those numbered so, in that order; a number may repeat.
  void take(const std::vector<size_t>& rows);
  /// Takes over the texts that `other` owns, so that views of them stay valid.
  void adopt(SourceRows&& other);
  /// Where a row stands, for messages.
  std::string place(size_t row) const;

 private:
  std::string_view keep(std::string_view text);

  struct Place {
    uint32_t file;
    int64_t line;
  };
  std::vector<std::string> fields_, known_names_, files_;
  std::vector<std::vector<std::string_view>> columns_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_used_ = 0, block_size_ = 0;
};

}  // namespace medgraft::data
