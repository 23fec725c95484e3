#pragma once

#include <filesystem>
#include <string>

#include "medgraft/study/plan.h"

namespace medgraft::study {

/// Writes `reason` into the run's run.json, with status `failed`, where the run itself
/// could not: it was killed, or refused before it began. Keeps what the file holds.
void record_failure(const PlannedRun& run, const std::filesystem::path& folder,
                    const std::string& reason);

}  // namespace medgraft::study
