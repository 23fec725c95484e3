#pragma once

#include <array>
#include <nlohmann/json.hpp>

namespace medgraft::app {

/// A kind of finding: its key in --json, how a person calls it, and its frame on the
/// sheet (colors that the color-blind tell apart; Okabe and Ito 2008).
struct Check {
  const char *key, *title;
  bool is_leak;
  const char* frame;
  std::array<float, 3> color;
};
inline constexpr Check kPatients = {
    "patients_across_splits", "patients across splits", true, "", {}};
inline constexpr Check kExactAcross = {"exact_duplicates_across_splits",
                                       "exact duplicates across splits",
                                       true,
                                       "vermilion",
                                       {0.84F, 0.37F, 0}};
inline constexpr Check kNearAcross = {"near_duplicates_across_splits",
                                      "near-duplicates across splits",
                                      true,
                                      "orange",
                                      {0.9F, 0.62F, 0}};
inline constexpr Check kContradictions = {"label_contradictions",
                                          "duplicates with opposite labels",
                                          false,
                                          "purple",
                                          {0.8F, 0.47F, 0.65F}};
inline constexpr Check kExactWithin = {"exact_duplicates_within_split",
                                       "exact duplicates within a split",
                                       false,
                                       "blue",
                                       {0, 0.45F, 0.7F}};
inline constexpr Check kNearWithin = {"near_duplicates_within_split",
                                      "near-duplicates within a split",
                                      false,
                                      "sky blue",
                                      {0.34F, 0.71F, 0.91F}};
inline constexpr Check kMirroredAcross = {"mirrored_duplicates_across_splits",
                                          "mirror images across splits",
                                          false,
                                          "green",
                                          {0, 0.62F, 0.45F}};
inline constexpr Check kMirroredWithin = {"mirrored_duplicates_within_split",
                                          "mirror images within a split",
                                          false,
                                          "black",
                                          {0, 0, 0}};
inline constexpr Check kUnreadable = {"unreadable", "unreadable images", false, "", {}};
inline constexpr Check kChecks[] = {kPatients,       kExactAcross,    kNearAcross,
                                    kContradictions, kExactWithin,    kNearWithin,
                                    kMirroredAcross, kMirroredWithin, kUnreadable};

/// Prints an audit (data::audit_json) for a person: a line a check, with a few examples.
void print_audit(const nlohmann::json& audit);

}  // namespace medgraft::app
