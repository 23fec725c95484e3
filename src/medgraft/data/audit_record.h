#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "medgraft/data/audit.h"
#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// What the last audit of a data set found, in numbers: audit.json beside dataset.toml.
struct AuditRecord {
  bool with_pixels = false;
  std::string time;                       ///< ISO 8601, UTC.
  std::map<std::string, int64_t> counts;  ///< By the keys of DESIGN.md section 5.

  int64_t count(const std::string& key) const;
};

/// Writes the record of an audit of this one data set. What an audit with pixels found of
/// the same files stays, where the new one read none.
/// @param path as for read_dataset(). @throws UserError where it cannot be written.
void write_audit_record(const std::filesystem::path& path, const Dataset& dataset,
                        const AuditReport& report);

/// @return the record, unless there is none or manifest.csv or dataset.toml have changed
/// since.
std::optional<AuditRecord> read_audit_record(const std::filesystem::path& path,
                                             const std::string& manifest_sha256,
                                             const std::string& info_sha256);

/// A data set to train on.
struct TrainingDataset {
  Dataset dataset;
  std::optional<AuditRecord> audit;

  bool pixels_are_audited() const { return audit && audit->with_pixels; }
};

/// Reads a data set to train on, as read_dataset() does, and its audit's record.
/// @param allow_leaks the caller has been told and goes on.
/// @throws UserError also where that record tells of leaks.
TrainingDataset read_training_dataset(const std::filesystem::path& path,
                                      bool allow_leaks);

/// @return one sentence for who trains on a data set whose pixels nobody audited.
std::string unaudited_note(const std::filesystem::path& path);

}  // namespace medgraft::data
