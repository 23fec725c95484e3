#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// An image of one of the data sets that are audited together.
struct AuditedImage {
  int32_t dataset = 0, image = 0;  ///< Indices: of the data sets, of Dataset::images.
};

/// @return the case that the image belongs to.
inline const CaseEntry& case_of(std::span<const Dataset> datasets,
                                const AuditedImage& at) {
  const auto& set = datasets[static_cast<size_t>(at.dataset)];
  return set
      .cases[static_cast<size_t>(set.images[static_cast<size_t>(at.image)].case_index)];
}

/// A patient who stands in more than one split.
struct LeakingPatient {
  std::string patient, patient_namespace;
  std::vector<AuditedImage> images;
};

/// Images of equal decoded pixels.
struct EqualImages {
  std::vector<AuditedImage> images;
};

struct SimilarImages {
  AuditedImage first, second;
  double correlation = 0;  ///< Of their 32 x 32 grey reductions.
};

/// Duplicates that state opposite labels.
struct Contradiction {
  std::vector<AuditedImage> images;
  std::vector<std::string> labels;  ///< Those they disagree in; "label" if multi-class.
  bool equal_pixels = false;
  double correlation = 1;
};

struct UnreadableImage {
  AuditedImage image;
  std::string reason;
};

/// What an audit found. "Across splits" is between two of train, val and test of one set,
/// or between two sets; images without a split are compared among themselves.
struct AuditReport {
  bool with_pixels = false;
  /// False where near-duplicates were too many to list; the rest of them is not known.
  bool near_search_is_complete = true;
  std::vector<LeakingPatient> patients_across_splits;
  std::vector<EqualImages> exact_across_splits;  ///< Every image of these pixels.
  std::vector<SimilarImages> near_across_splits;
  /// Each later image of a split with the first one of the same pixels there.
  std::vector<EqualImages> exact_within_split;
  std::vector<SimilarImages> near_within_split;
  /// Pairs that are near-duplicates once one is mirrored left to right: no leaks by
  /// definition, and worth a look.
  std::vector<SimilarImages> mirrored_across_splits, mirrored_within_split;
  std::vector<Contradiction> label_contradictions;
  std::vector<UnreadableImage> unreadable;

  /// Patients, groups of equal images and near pairs across splits.
  int64_t num_leaks() const;
};

struct AuditOptions {
  bool with_pixels = true;  ///< False: patients alone.
  int threads = 1;
  /// Called now and then, from any thread but one at a time. Null: never.
  std::function<void(int64_t images_done, int64_t images)> progress;
};

/// Looks for what makes a result better than it is. Patients of two sets are the same
/// only within one namespace, and none are where they are not known. Near-duplicates have
/// a correlation above 0.99 and are no exact ones. Source: DESIGN.md section 5. Takes 4
/// kB an image while it reads pixels.
AuditReport audit(std::span<const Dataset> datasets, const AuditOptions& options);

/// @return the report's keys as DESIGN.md section 5 names them, each {"count", "items"
/// (the first 10,000), "left_out" where there are more}; null counts for what was not
/// looked at; beside them "pixels", "leaks", "near_search_complete" and "datasets".
nlohmann::json audit_json(std::span<const Dataset> datasets, const AuditReport& report);

}  // namespace medgraft::data
