#include "medgraft/config/identity.h"

#include "medgraft/base/sha256.h"

namespace medgraft::config {

using nlohmann::json;

std::string canonical_json(const json& values) { return values.dump(); }

json without_defaults(const json& values, const json& defaults) {
  auto out = json::object();
  for (const auto& [key, value] : values.items()) {
    const auto found = defaults.find(key);
    if (found != defaults.end() && *found == value) continue;
    if (value.is_object() && found != defaults.end() && found->is_object()) {
      auto rest = without_defaults(value, *found);
      if (!rest.empty()) out[key] = std::move(rest);
    } else if (!(value.is_null() && found == defaults.end())) {
      // A setting that is unset and newer than the frozen defaults changes nothing.
      out[key] = value;
    }
  }
  return out;
}

std::string run_id(const json& identity) {
  json versioned = identity;
  versioned["identity_version"] = kIdentityVersion;
  return sha256(canonical_json(versioned));
}

}  // namespace medgraft::config
