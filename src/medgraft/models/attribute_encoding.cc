#include "medgraft/models/attribute_encoding.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::models {
namespace {

using nlohmann::json;

std::optional<double> number_of(const std::string& name, const std::string& value) {
  if (value.empty()) return std::nullopt;
  const auto number = parse_double(value);
  require(number && std::isfinite(*number), "the attribute ", name, " is \"", value,
          "\" in a case; a number or a blank is accepted");
  return number;
}

bool is_encoding(const json& item) {
  if (!item.is_object() || !item.contains("name") || !item["name"].is_string()) {
    return false;
  }
  if (item.contains("categories")) {
    return item["categories"].is_array() &&
           std::all_of(item["categories"].begin(), item["categories"].end(),
                       [](const json& category) { return category.is_string(); });
  }
  return item.contains("mean") && item["mean"].is_number() &&
         item.contains("deviation") && item["deviation"].is_number() &&
         item["deviation"].get<double>() > 0;
}

}  // namespace

int64_t AttributeEncoding::num_inputs() const {
  return is_number ? 2 : std::ssize(categories) + 1;
}

void AttributeEncoding::encode(const std::string& value, std::vector<float>& out) const {
  if (is_number) {
    const auto number = number_of(name, value);
    out.push_back(number ? static_cast<float>((*number - mean) / deviation) : 0.0F);
    out.push_back(number ? 0.0F : 1.0F);
    return;
  }
  const auto found = std::find(categories.begin(), categories.end(), value);
  for (auto at = categories.begin(); at != categories.end(); ++at) {
    out.push_back(at == found ? 1.0F : 0.0F);
  }
  out.push_back(found == categories.end() ? 1.0F : 0.0F);
}

AttributeEncoding fit_attribute(const std::string& name, bool is_number,
                                const std::vector<std::string>& values) {
  AttributeEncoding encoding{name, is_number, 0, 1, {}};
  if (!is_number) {
    std::set<std::string> seen(values.begin(), values.end());
    seen.erase("");
    encoding.categories.assign(seen.begin(), seen.end());
    return encoding;
  }
  std::vector<double> numbers;
  for (const auto& value : values) {
    if (const auto number = number_of(name, value)) numbers.push_back(*number);
  }
  if (numbers.empty()) return encoding;
  const auto count = static_cast<double>(numbers.size());
  for (const double number : numbers) encoding.mean += number / count;
  double variance = 0;
  for (const double number : numbers) {
    variance += (number - encoding.mean) * (number - encoding.mean) / count;
  }
  if (variance > 0) encoding.deviation = std::sqrt(variance);
  return encoding;
}

json to_json(const std::vector<AttributeEncoding>& attributes) {
  auto out = json::array();
  for (const auto& attribute : attributes) {
    if (attribute.is_number) {
      out.push_back({{"name", attribute.name},
                     {"mean", attribute.mean},
                     {"deviation", attribute.deviation}});
    } else {
      out.push_back({{"name", attribute.name}, {"categories", attribute.categories}});
    }
  }
  return out;
}

std::vector<AttributeEncoding> attributes_from_json(const json& json,
                                                    const std::string& file) {
  require(
      json.is_array() && std::all_of(json.begin(), json.end(), is_encoding), file,
      " is damaged: its attributes are no list of {name, categories} and {name, mean, "
      "deviation}");
  std::vector<AttributeEncoding> attributes;
  for (const auto& item : json) {
    AttributeEncoding encoding{item["name"], !item.contains("categories"), 0, 1, {}};
    if (encoding.is_number) {
      encoding.mean = item["mean"];
      encoding.deviation = item["deviation"];
    } else {
      encoding.categories = item["categories"];
    }
    attributes.push_back(std::move(encoding));
  }
  return attributes;
}

}  // namespace medgraft::models
