#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "medgraft/config/document.h"
#include "medgraft/study/study_config.h"
#include "medgraft/train/run_config.h"

namespace medgraft::study {

/// A study file as read: its fields with absolute paths, and where each was written.
struct Study {
  StudyConfig config;
  config::Document document;
};

/// @param overrides "study.seeds=[0]", in order.
/// @throws UserError naming file and line: an unknown key, a value out of range, two
/// tables of one name, a baseline that is no arm of the study.
Study read_study(const std::filesystem::path& file,
                 const std::vector<std::string>& overrides = {});

/// Applies an upstream's or a task's `train` table to a run's configuration. A key is one
/// of [train], else of [data]; a key that names a section ("data", "preprocess"...) holds
/// keys of that section.
/// @param path where the table stands: "task[0].train".
/// @throws UserError naming file and line, also for what the study itself sets.
void apply_settings(const config::Document& document, const nlohmann::json& settings,
                    const std::string& path, train::RunConfig& run);

/// @return "photos" for all of the data, "photos@0.25" for a part.
std::string upstream_label(const std::string& name, double fraction);

/// An upstream, or a part of one, as the plan's product takes it.
struct UpstreamPart {
  const UpstreamConfig* upstream = nullptr;
  double fraction = 1;
  std::string label;
};

/// @return each upstream once a fraction, in the file's order. Points into `config`.
std::vector<UpstreamPart> upstream_parts(const StudyConfig& config);

}  // namespace medgraft::study
