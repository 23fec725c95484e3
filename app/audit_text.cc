#include "audit_text.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::app {
namespace {

using nlohmann::json;

// "name: image (train, ill 1)"
std::string describe(const json& image, bool with_dataset) {
  const auto split = image["split"].is_null() ? std::string("no split")
                                              : image["split"].get<std::string>();
  const auto set = with_dataset ? image["dataset"].get<std::string>() + ": " : "";
  auto out = set + image["image"].get<std::string>() + " (" + split;
  if (image.contains("labels")) {
    for (const auto& [label, value] : image["labels"].items()) {
      out += ", " + label + " " +
             (value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return out + ")";
}

std::string describe_item(const json& item, bool with_dataset) {
  if (item.contains("reason")) {
    return describe(item, with_dataset) + ": " + item["reason"].get<std::string>();
  }
  std::string out;
  if (item.contains("patient"))
    out = "patient " + item["patient"].get<std::string>() + ":";
  constexpr size_t kNamed = 4;
  const auto& images = item["images"];
  for (size_t i = 0; i < images.size() && i < kNamed; ++i) {
    out += (out.empty()                          ? ""
            : item.contains("patient") && i == 0 ? " "
                                                 : ", ") +
           describe(images[i], with_dataset);
  }
  if (images.size() > kNamed) out += text(" and ", images.size() - kNamed, " more");
  if (item.contains("correlation") && item["correlation"] != 1) {
    out += "  r = " + format_fixed(item["correlation"].get<double>(), 4);
  }
  return out;
}

}  // namespace

void print_audit(const json& audit) {
  constexpr size_t kExamples = 3;
  const bool several = audit["datasets"].size() > 1;
  bool patients_are_known = false;
  for (const auto& set : audit["datasets"]) {
    const bool known = set["patients_are_known"];
    patients_are_known = patients_are_known || known;
    std::printf("%s: %s images, %s cases%s\n", set["name"].get<std::string>().c_str(),
                set["images"].dump().c_str(), set["cases"].dump().c_str(),
                known ? "" : ", patients not known");
  }
  for (const auto& check : kChecks) {
    const auto& found = audit[check.key];
    const bool not_known =
        std::string_view(check.key) == kPatients.key && !patients_are_known;
    const bool is_leak =
        check.is_leak && found["count"] != 0 && !found["count"].is_null();
    std::printf("  %-34s %s%s\n", check.title,
                not_known                  ? "not known"
                : found["count"].is_null() ? "not looked at"
                                           : found["count"].dump().c_str(),
                is_leak ? "  LEAK" : "");
    for (size_t i = 0; i < found["items"].size() && i < kExamples; ++i) {
      std::printf("    %s\n", describe_item(found["items"][i], several).c_str());
    }
    if (found["items"].size() > kExamples) std::printf("    ...\n");
  }
  if (audit["near_search_complete"] == false) {
    std::printf("  near-duplicates are too many: the search for them ended early\n");
  }
}

}  // namespace medgraft::app
