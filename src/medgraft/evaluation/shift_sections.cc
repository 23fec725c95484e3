#include "medgraft/evaluation/shift_sections.h"

#include <utility>
#include <vector>

#include "medgraft/evaluation/corruption_section.h"
#include "medgraft/evaluation/detection_section.h"
#include "medgraft/evaluation/shift_section.h"

namespace medgraft::evaluation {

void add_shift_sections(const std::map<std::string, SplitView>& views,
                        std::optional<double> temperature, const EvaluateOptions& options,
                        nlohmann::json& splits) {
  const auto id = views.find("test");
  if (id == views.end()) return;
  std::vector<SplitView> ood;
  for (const auto& [split, view] : views) {
    if (!split.starts_with("ood-")) continue;
    splits[split]["shift"] = shift_json(id->second, view, options, temperature);
    ood.push_back(view);
  }
  if (ood.empty()) return;
  auto training = views.find("train");
  if (training == views.end()) training = views.find("val");
  splits["test"]["ood_detection"] = ood_detection_json(
      id->second, ood, training == views.end() ? nullptr : &training->second, options);
  auto corruptions = corruptions_json(id->second, ood, options);
  if (!corruptions.empty()) splits["test"]["corruptions"] = std::move(corruptions);
}

}  // namespace medgraft::evaluation
