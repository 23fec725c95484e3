#include "medgraft/models/bit_npz.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "medgraft/base/error.h"
#include "medgraft/base/npz.h"

namespace medgraft::models {

NamedTensors read_npz_tensors(const std::filesystem::path& path) {
  const NpzReader reader(path);
  NamedTensors tensors;
  for (const auto& [name, header] : reader.arrays()) {
    const auto& dtype = header.dtype;
    require(dtype == "<f2" || dtype == "<f4" || dtype == "<f8", path.string(), ": ", name,
            " has element type ", dtype, "; <f2, <f4 and <f8 are accepted");
    const auto type = dtype == "<f4"   ? at::kFloat
                      : dtype == "<f2" ? at::kHalf
                                       : at::kDouble;
    const auto bytes = reader.read(name);
    auto shape = header.shape;
    if (header.fortran_order) std::reverse(shape.begin(), shape.end());
    auto tensor = at::empty(shape, type);
    if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
    if (header.fortran_order)
      tensor = tensor.permute([&] {
        std::vector<int64_t> axes(shape.size());
        for (size_t i = 0; i < axes.size(); ++i) {
          axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
        }
        return axes;
      }());
    tensors[name] = tensor.to(at::kFloat).contiguous();
  }
  return tensors;
}

void write_npz_tensors(const std::filesystem::path& path, const NamedTensors& tensors) {
  std::vector<NpyArray> arrays;
  for (const auto& [name, tensor] : tensors) {
    MEDGRAFT_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous(), name);
    const auto* data = static_cast<const std::byte*>(tensor.data_ptr());
    arrays.push_back({name, "<f4", tensor.sizes().vec(), {data, tensor.nbytes()}});
  }
  write_npz(path, arrays);
}

}  // namespace medgraft::models
