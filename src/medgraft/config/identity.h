#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace medgraft::config {

/// The release of the rules by which run ids are made. Raised only when an old id could
/// stand for a different result; adding a setting does not raise it.
inline constexpr int kIdentityVersion = 1;

/// @return `values` with keys sorted and numbers in their shortest round-trip form.
std::string canonical_json(const nlohmann::json& values);

/// @return `values` less every entry, at any depth, that equals the one in `defaults`.
/// Tables that become empty vanish; lists are compared whole.
nlohmann::json without_defaults(const nlohmann::json& values,
                                const nlohmann::json& defaults);

/// @param identity the fields that determine the result and differ from the frozen
/// defaults, with data sets, checkpoints and upstreams named by their digests.
/// @return its SHA-256, 64 hexadecimal digits: the run's id.
std::string run_id(const nlohmann::json& identity);

}  // namespace medgraft::config
