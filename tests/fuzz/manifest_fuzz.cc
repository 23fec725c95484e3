#include "fuzz/memory_file.h"
#include "fuzz/targets.h"
#include "medgraft/data/dataset.h"

namespace medgraft::fuzz {
namespace {

data::DatasetInfo description(data::Kind kind, std::vector<std::string> labels) {
  data::DatasetInfo info;
  info.kind = kind;
  info.labels = std::move(labels);
  return info;
}

void check_dataset(const data::Dataset& dataset) {
  size_t images = 0;
  for (const auto& entry : dataset.cases) images += entry.images.size();
  MEDGRAFT_CHECK(images == dataset.images.size() && images > 0, "manifest");
  for (const auto& image : dataset.images)
    MEDGRAFT_CHECK(!image.path.empty(), "manifest");
}

}  // namespace

void fuzz_manifest(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (auto info : {description(data::Kind::kBinary, {"malignant"}),
                    description(data::Kind::kMultilabel, {"edema", "nodule"}),
                    description(data::Kind::kMulticlass, {"nevus", "melanoma"})}) {
    info.manifest = file.path();
    try {
      const auto dataset = data::read_manifest(info);
      check_dataset(dataset);
      data::find_patient_leaks(dataset);
    } catch (const UserError&) {
    }
  }
}

}  // namespace medgraft::fuzz
