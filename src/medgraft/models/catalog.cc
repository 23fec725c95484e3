#include "medgraft/models/catalog.h"

#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"

namespace medgraft::models {
namespace {

constexpr Architecture kArchitectures[] = {
    {"R50x1", {3, 4, 6, 3}, 1, "published; the paper's baseline"},
    {"R50x3", {3, 4, 6, 3}, 3, "published"},
    {"R101x1", {3, 4, 23, 3}, 1, "published"},
    {"R101x3", {3, 4, 23, 3}, 3, "published"},
    {"R152x2", {3, 8, 36, 3}, 2, "published"},
    {"R152x4", {3, 8, 36, 3}, 4, "published"},
    {"R26x1", {2, 2, 2, 2}, 1, "for small machines; no published weights"},
    {"R14x1", {1, 1, 1, 1}, 1, "for small machines; no published weights"},
    {"R26x0.5", {2, 2, 2, 2}, 0.5, "for small machines; no published weights"},
    {"R14x0.5", {1, 1, 1, 1}, 0.5, "for small machines; no published weights"},
};

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

const Architecture& architecture(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& candidate : kArchitectures) {
    if (candidate.name == name) return candidate;
    names.emplace_back(candidate.name);
  }
  throw UserError(text("unknown architecture \"", name, "\"", hint(name, names)));
}

}  // namespace medgraft::models
