#include "fuzz/image_check.h"
#include "fuzz/memory_file.h"
#include "fuzz/targets.h"
#include "medgraft/base/npz.h"
#include "medgraft/data/container/npz_images.h"

namespace medgraft::fuzz {
namespace {

// Deflate packs a thousand to one: what is larger is no finding, it only takes time.
constexpr int64_t kMaximumBytes = int64_t{1} << 24;

void check_array(const NpzReader& reader, const std::string& name,
                 const NpyHeader& header) {
  MEDGRAFT_CHECK(header.num_bytes() >= 0, "npz");
  if (header.num_bytes() > kMaximumBytes) return;
  const auto whole = reader.read(name);
  MEDGRAFT_CHECK(static_cast<int64_t>(whole.size()) == header.num_bytes(), "npz");
  if (header.fortran_order || header.shape.empty() || header.shape[0] == 0) return;
  const auto last = reader.read_rows(name, header.shape[0] - 1, 1);
  const auto size = static_cast<int64_t>(last.size());
  MEDGRAFT_CHECK(std::equal(last.begin(), last.end(), whole.end() - size), "npz");
}

void check_row(const data::NpzImages& images, const std::string& row) {
  auto header = images.header(row);
  if (!header || !is_small(header.value())) return;
  auto decoded = images.decode(row);
  if (decoded) check_image(decoded.value());
}

}  // namespace

void fuzz_npz(std::string_view bytes) {
  const MemoryFile file(bytes);
  try {
    const NpzReader reader(file.path());
    const data::NpzImages images(file.path());
    for (const auto& [name, header] : reader.arrays()) {
      try {
        check_array(reader, name, header);
      } catch (const UserError&) {
      }
      if (header.num_bytes() > kMaximumBytes) continue;
      check_row(images, name + "/0");
      check_row(images, name + "/1");
    }
  } catch (const UserError&) {
  }
}

}  // namespace medgraft::fuzz
