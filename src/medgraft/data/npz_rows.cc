#include <algorithm>
#include <cstring>

#include "medgraft/base/error.h"
#include "medgraft/base/npz.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kMaximumLabels = 10'000;

fs::path find_npz(const Recipe& recipe, const fs::path& root) {
  if (fs::is_regular_file(root)) return root;
  if (!recipe.npz.file.empty()) {
    const auto path = root / recipe.npz.file;
    require(fs::is_regular_file(path), "there is no file ", path.string());
    return path;
  }
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().extension() == ".npz") {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  require(!found.empty(), "there is no .npz file below ", root.string());
  require(found.size() == 1, "there are ", found.size(), " .npz files below ",
          root.string(), "; name one: --set npz.file=",
          found.empty() ? "" : found.front().lexically_relative(root).string());
  return found.front();
}

/// Labels of one split, as whole numbers [N, K].
struct Labels {
  int64_t count = 0, width = 1;
  std::vector<int64_t> values;
};

template <class Integer>
void widen(std::span<const std::byte> bytes, std::vector<int64_t>& out) {
  for (size_t at = 0; at < bytes.size(); at += sizeof(Integer)) {
    Integer value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    out.push_back(static_cast<int64_t>(value));
  }
}

Labels read_labels(const NpzReader& npz, const std::string& array, const fs::path& path) {
  const auto& header = npz.header(array);
  const auto where = text(path.string(), ": ", array);
  require(header.shape.size() == 1 || header.shape.size() == 2, where,
          " is [N], [N, 1] or [N, K], got ", header.shape.size(), " dimensions");
  Labels labels;
  labels.count = header.shape[0];
  labels.width = header.shape.size() == 2 ? header.shape[1] : 1;
  require(labels.width >= 1 && labels.width <= kMaximumLabels && !header.fortran_order,
          where, " has ", labels.width, " labels a row");
  const auto bytes = npz.read(array);
  if (header.dtype == "|u1") {
    widen<uint8_t>(bytes, labels.values);
  } else if (header.dtype == "|i1") {
    widen<int8_t>(bytes, labels.values);
  } else if (header.dtype == "<i4") {
    widen<int32_t>(bytes, labels.values);
  } else if (header.dtype == "<i8") {
    widen<int64_t>(bytes, labels.values);
  } else {
    throw UserError(text(where, " has elements ", header.dtype,
                         "; uint8, int8, int32 and int64 are read"));
  }
  return labels;
}

void add_split(const NpzReader& npz, const fs::path& path, const std::string& split,
               Source& source) {
  const auto images = split + "_images";
  if (npz.arrays().find(images) == npz.arrays().end()) return;
  const auto& header = npz.header(images);
  const auto labels = read_labels(npz, split + "_labels", path);
  require(!header.shape.empty() && header.shape[0] == labels.count, path.string(), ": ",
          images, " and ", split, "_labels differ in their number of rows");
  auto& rows = source.rows;
  if (rows.fields().empty()) {
    for (const auto* name : {"path", "split", "row"}) rows.add_field(name);
    source.has_many_labels = labels.width > 1;
    if (labels.width == 1) rows.add_field("class");
    for (int64_t k = 0; labels.width > 1 && k < labels.width; ++k) {
      rows.add_field(text("label_", k));
    }
  }
  require(rows.fields().size() == static_cast<size_t>(3 + labels.width), path.string(),
          ": the splits differ in their number of labels");
  for (int64_t i = 0; i < labels.count; ++i) {
    const auto row = rows.add_row("", 0);
    rows.set(row, 0, text(path.filename().string(), "#", images, "/", i));
    rows.set(row, 1, split);
    rows.set(row, 2, text(i));
    for (int64_t k = 0; k < labels.width; ++k) {
      rows.set(row, static_cast<size_t>(3 + k),
               text(labels.values[static_cast<size_t>(i * labels.width + k)]));
    }
  }
}

// MedMNIST's larger sizes: pathmnist_64, pathmnist_128, pathmnist_224.
std::string without_size(const std::string& name) {
  for (const std::string size : {"_28", "_64", "_128", "_224"}) {
    if (name.ends_with(size)) return name.substr(0, name.size() - size.size());
  }
  return name;
}

}  // namespace

Source read_npz(const Recipe& recipe, const fs::path& root) {
  const auto path = find_npz(recipe, root);
  const NpzReader npz(path);
  Source source;
  source.root = path.has_parent_path() ? path.parent_path() : fs::path(".");
  source.name = path.stem().string();
  for (const auto* split : {"train", "val", "test"}) add_split(npz, path, split, source);
  require(source.rows.size() > 0, path.string(),
          " has no rows in train_images, val_images or test_images");
  const auto known = recipe.npz.classes.find(without_size(source.name));
  if (known != recipe.npz.classes.end()) source.classes = known->second;
  return source;
}

}  // namespace medgraft::data
