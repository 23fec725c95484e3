#include "medgraft/data/dataset.h"

#include <unordered_map>
#include <unordered_set>

#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"

namespace medgraft::data {
namespace fs = std::filesystem;

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kBinary:
      return "binary";
    case Kind::kMultilabel:
      return "multilabel";
    case Kind::kMulticlass:
      return "multiclass";
  }
  return "";
}

std::string_view to_string(Split split) {
  switch (split) {
    case Split::kNone:
      return "";
    case Split::kTrain:
      return "train";
    case Split::kVal:
      return "val";
    case Split::kTest:
      return "test";
  }
  return "";
}

std::vector<int64_t> Dataset::cases_of(Split split) const {
  std::vector<int64_t> indices;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].split == split) indices.push_back(static_cast<int64_t>(i));
  }
  return indices;
}

PatientLeaks find_patient_leaks(const Dataset& dataset) {
  PatientLeaks leaks;
  if (!dataset.info.patients_are_known) return leaks;
  std::unordered_map<std::string_view, const CaseEntry*> first;
  first.reserve(dataset.cases.size());
  std::unordered_set<std::string_view> leaking;
  for (const auto& entry : dataset.cases) {
    if (entry.split == Split::kNone) continue;
    const auto& known = *first.emplace(entry.patient, &entry).first->second;
    if (known.split == entry.split) continue;
    if (leaking.empty()) {
      const auto line = [&](const CaseEntry& of) {
        return dataset.images[static_cast<size_t>(of.images.front())].line;
      };
      leaks.first_line = line(known);
      leaks.second_line = line(entry);
    }
    leaking.insert(entry.patient);
  }
  leaks.num_patients = static_cast<int64_t>(leaking.size());
  return leaks;
}

Dataset read_dataset(const fs::path& path, ReadOptions options) {
  auto dataset = read_manifest(read_dataset_info(path));
  const auto& manifest = dataset.info.manifest;
  dataset.manifest_sha256 = sha256_of_file(manifest);
  dataset.info_sha256 =
      sha256_of_file(fs::is_directory(path) ? path / "dataset.toml" : path);
  if (options.allow_patient_leaks) return dataset;
  const auto leaks = find_patient_leaks(dataset);
  require(leaks.num_patients == 0, manifest.string(), " has ", leaks.num_patients,
          leaks.num_patients == 1 ? " patient" : " patients",
          " in more than one split, for instance in lines ", leaks.first_line, " and ",
          leaks.second_line, "; `medgraft data split ", path.string(),
          " --by patient` makes splits that share none");
  return dataset;
}

}  // namespace medgraft::data
