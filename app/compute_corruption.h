#pragma once

#include <string>
#include <vector>

namespace medgraft::app {

/// One corruption of `predict --corrupt`.
struct Corruption {
  std::string name;
  int severity = 1;

  std::string split() const;  ///< "ood-noise-3"
  std::string step() const;   ///< Of preprocessing: "corrupt_noise(3)"
};

/// @param written each NAME:SEVERITY, NAME (all severities) or all.
/// @return every one once, in the order of the corruptions and their severities.
/// @throws UserError naming what is accepted.
std::vector<Corruption> parse_corruptions(const std::vector<std::string>& written);

}  // namespace medgraft::app
