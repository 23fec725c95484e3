#include "medgraft/evaluation/fairness_section.h"

#include "medgraft/evaluation/attributes.h"
#include "medgraft/evaluation/gaps_section.h"
#include "medgraft/evaluation/group_replicates.h"
#include "medgraft/evaluation/grouped_labels.h"
#include "medgraft/evaluation/subgroups_section.h"

namespace medgraft::evaluation {

using nlohmann::json;

json fairness_json(const SplitView& view, const EvaluateOptions& options) {
  const auto attributes = grouped_attributes(view, options);
  const GroupedLabels labels(view);
  std::vector<EligibleGroups> eligible;
  json counts = json::object();
  for (const auto& attribute : attributes.items) {
    eligible.push_back(eligible_groups(labels, attribute, options.min_group));
    if (attribute.is_intersection) continue;
    counts[attribute.name] = {
        {"unknown", attribute.num_unknown()},
        {"patients_of_several_groups", num_patients_of_several_groups(view, attribute)}};
  }
  auto out = subgroups_json(view, labels, eligible, options);
  out["gaps"] = gaps_json(view, labels, eligible, options);
  out["gap_permutations"] = gap_permutations(labels, eligible, options);
  out["attributes"] = std::move(counts);
  out["excluded_attributes"] = attributes.excluded;
  return out;
}

}  // namespace medgraft::evaluation
