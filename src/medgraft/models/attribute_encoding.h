#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace medgraft::models {

/// How a network reads one attribute of a case, fixed on its training cases.
/// A number becomes (x - mean) / deviation and whether it is missing (then 0 and 1); a
/// category one column each, and a last one for blank and for what training never saw.
struct AttributeEncoding {
  std::string name;
  bool is_number = false;
  double mean = 0, deviation = 1;       ///< Of a number.
  std::vector<std::string> categories;  ///< Of a category, sorted.

  int64_t num_inputs() const;
  /// Appends num_inputs() values. @param value as the manifest has it; empty: missing.
  /// @throws UserError if a number is none.
  void encode(const std::string& value, std::vector<float>& out) const;
};

/// @param values of the training cases. The deviation divides by the number of values; 1
/// where all are alike.
AttributeEncoding fit_attribute(const std::string& name, bool is_number,
                                const std::vector<std::string>& values);

nlohmann::json to_json(const std::vector<AttributeEncoding>& attributes);
/// @throws UserError beginning with `file` if `json` is not what to_json() gives.
std::vector<AttributeEncoding> attributes_from_json(const nlohmann::json& json,
                                                    const std::string& file);

}  // namespace medgraft::models
