#include "compute_corruption.h"

#include <algorithm>
#include <set>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/image/corruption.h"

namespace medgraft::app {

std::string Corruption::split() const { return text("ood-", name, "-", severity); }
std::string Corruption::step() const {
  return text("corrupt_", name, "(", severity, ")");
}

std::vector<Corruption> parse_corruptions(const std::vector<std::string>& written) {
  const auto names = image::corruption_names();
  const std::vector<std::string> known(names.begin(), names.end());
  std::set<std::pair<std::ptrdiff_t, int>> wanted;  // Place of the name, severity.
  const auto want_all = [&](std::ptrdiff_t place) {
    for (int s = 1; s <= image::kMaximumSeverity; ++s) wanted.emplace(place, s);
  };
  for (const auto& item : written) {
    if (item == "all") {
      for (std::ptrdiff_t i = 0; i < std::ssize(known); ++i) want_all(i);
      continue;
    }
    const auto colon = item.find(':');
    const auto name = item.substr(0, colon);
    const auto place = std::find(known.begin(), known.end(), name) - known.begin();
    require(place < std::ssize(known), "--corrupt: unknown corruption \"", name, "\"",
            hint(name, known));
    if (colon == std::string::npos) {
      want_all(place);
      continue;
    }
    const auto severity = parse_integer(item.substr(colon + 1));
    require(severity && *severity >= 1 && *severity <= image::kMaximumSeverity,
            "--corrupt ", item, " has severity \"", item.substr(colon + 1),
            "\"; a whole number from 1 to ", image::kMaximumSeverity, " is accepted");
    wanted.emplace(place, static_cast<int>(*severity));
  }
  std::vector<Corruption> out;
  for (const auto& [place, severity] : wanted) {
    out.push_back({known[static_cast<size_t>(place)], severity});
  }
  return out;
}

}  // namespace medgraft::app
