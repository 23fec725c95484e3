#include "medgraft/base/nearest.h"

#include <algorithm>
#include <numeric>

#include "medgraft/base/error.h"

namespace medgraft {
namespace {

// Levenshtein's distance, in one row.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string hint(std::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kMaximumListed = 240;
  constexpr size_t kMaximumCompared = 256;  // Nobody mistypes a longer name.
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const auto& candidate : known) {
    const auto [shorter, longer] = std::minmax({name.size(), candidate.size()});
    if (longer > kMaximumCompared || longer - shorter >= best_distance) continue;
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = &candidate;
      best_distance = distance;
    }
  }
  if (best) return text("; did you mean \"", *best, "\"?");
  std::string list;
  for (const auto& candidate : known) {
    if (list.size() + candidate.size() > kMaximumListed)
      return text("; known: ", list, list.empty() ? "..." : ", ...");
    list += (list.empty() ? "" : ", ") + candidate;
  }
  return list.empty() ? "" : text("; known: ", list);
}

}  // namespace medgraft
