#include "medgraft/data/audit_record.h"

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr int kSchema = 1;

fs::path record_path(const fs::path& path) {
  const auto folder = fs::is_directory(path) ? path : path.parent_path();
  return folder / "audit.json";
}

json to_json(const Dataset& dataset, const AuditReport& report) {
  json counts = json::object();
  // Without items: whose patients and images they are stays in the user's terminal.
  const auto all = audit_json({&dataset, 1}, report);
  for (const auto& [key, found] : all.items()) {
    if (found.is_object() && found["count"].is_number()) counts[key] = found["count"];
  }
  return {{"schema", kSchema},
          {"manifest_sha256", dataset.manifest_sha256},
          {"info_sha256", dataset.info_sha256},
          {"pixels", report.with_pixels},
          {"time", utc_now()},
          {"counts", counts}};
}

std::string plural(int64_t count, const std::string& what) {
  return text(count, " ", what, count == 1 ? "" : "s");
}

// "8 groups of equal images and 2 pairs of near-duplicates"
std::string leaks_in_words(const AuditRecord& audit) {
  std::string out;
  const std::pair<const char*, const char*> kLeaks[] = {
      {"patients_across_splits", "patient"},
      {"exact_duplicates_across_splits", "group"},
      {"near_duplicates_across_splits", "pair"}};
  for (const auto& [key, what] : kLeaks) {
    const auto count = audit.count(key);
    if (count == 0) continue;
    out += (out.empty() ? "" : ", ") + plural(count, what);
    if (std::string_view(what) == "group") out += " of equal images";
    if (std::string_view(what) == "pair") out += " of near-duplicate images";
  }
  return out;
}

}  // namespace

int64_t AuditRecord::count(const std::string& key) const {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void write_audit_record(const fs::path& path, const Dataset& dataset,
                        const AuditReport& report) {
  const auto known =
      read_audit_record(path, dataset.manifest_sha256, dataset.info_sha256);
  if (known && known->with_pixels && !report.with_pixels) return;
  write_file_atomically(record_path(path), to_json(dataset, report).dump(2) + "\n");
}

std::optional<AuditRecord> read_audit_record(const fs::path& path,
                                             const std::string& manifest_sha256,
                                             const std::string& info_sha256) {
  const auto file = record_path(path);
  std::error_code status;
  if (!fs::is_regular_file(file, status)) return std::nullopt;
  try {
    const auto values = json::parse(read_file(file));
    if (values.at("schema") != kSchema ||
        values.at("manifest_sha256") != manifest_sha256 ||
        values.at("info_sha256") != info_sha256) {
      return std::nullopt;
    }
    return AuditRecord{values.at("pixels").get<bool>(),
                       values.at("time").get<std::string>(),
                       values.at("counts").get<std::map<std::string, int64_t>>()};
  } catch (const json::exception&) {
    return std::nullopt;  // Damaged: as good as none; another audit makes it anew.
  }
}

TrainingDataset read_training_dataset(const fs::path& path, bool allow_leaks) {
  TrainingDataset out{read_dataset(path, {.allow_patient_leaks = allow_leaks}), {}};
  out.audit =
      read_audit_record(path, out.dataset.manifest_sha256, out.dataset.info_sha256);
  if (allow_leaks || !out.audit) return out;
  const auto leaks = leaks_in_words(*out.audit);
  require(leaks.empty(), out.dataset.info.manifest.string(),
          " leaks: `medgraft data audit ", path.string(), "` found ", leaks,
          " in more than one split; make other splits, or train all the same with "
          "data.allow_leaks = true");
  return out;
}

std::string unaudited_note(const fs::path& path) {
  return text("note: nobody has looked for duplicate images in ", path.string(),
              "; `medgraft data audit ", path.string(), "` does");
}

}  // namespace medgraft::data
