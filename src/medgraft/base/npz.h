#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace medgraft {

/// The header of one array of an .npz file. Source: NumPy's format description (NEP 1).
struct NpyHeader {
  std::string dtype;  ///< As NumPy writes it: "<f4", "|u1", "<i8".
  bool fortran_order = false;
  bool is_stored = false;  ///< Not deflated: any row can be read without those before.
  std::vector<int64_t> shape;
  int64_t item_size = 0;    ///< Bytes of one element.
  int64_t data_offset = 0;  ///< Bytes before the first element in the .npy member.

  int64_t num_elements() const;
  int64_t num_bytes() const { return num_elements() * item_size; }
};

/// Reads NumPy's .npz: a zip (zip64 too) of .npy members, stored or deflated. Shapes are
/// checked against the members' sizes before anything is allocated. One reader is for one
/// thread at a time.
class NpzReader {
 public:
  /// @throws UserError naming the file where it is not a readable npz.
  explicit NpzReader(const std::filesystem::path& path);
  ~NpzReader();
  NpzReader(NpzReader&&) noexcept;

  /// Member name without ".npy" to header.
  const std::map<std::string, NpyHeader>& arrays() const { return arrays_; }
  /// @throws UserError listing the arrays there are.
  const NpyHeader& header(const std::string& array) const;

  /// @return the whole array's bytes, in the stored order.
  std::vector<std::byte> read(const std::string& array) const;
  /// @return the bytes of rows [first, first + count) along the first axis of a C-order
  /// array. Reads only these where the member is stored, all before them where deflated.
  std::vector<std::byte> read_rows(const std::string& array, int64_t first,
                                   int64_t count) const;

 private:
  struct Archive;
  std::filesystem::path path_;
  std::unique_ptr<Archive> archive_;
  std::map<std::string, NpyHeader> arrays_;
};

/// One array to write; `bytes` must live until write_npz returns.
struct NpyArray {
  std::string name;   ///< Without ".npy".
  std::string dtype;  ///< "<f4"
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes arrays as stored (not deflated) members, atomically. The same arrays give the
/// same bytes. @throws UserError if the file cannot be written.
void write_npz(const std::filesystem::path& path, const std::vector<NpyArray>& arrays);

}  // namespace medgraft
