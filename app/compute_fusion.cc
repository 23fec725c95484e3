#include "compute_fusion.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"

namespace medgraft::app {
namespace {

using models::Fusion;
using models::FusionPlan;

const data::CaseEntry& case_at(const data::Dataset& dataset, int64_t i) {
  return dataset.cases[static_cast<size_t>(i)];
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// The data set's column of an attribute; -1: it has none.
int64_t column_of(const data::Dataset& dataset, const std::string& name) {
  const auto& known = dataset.info.attributes;
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& attribute) {
    return attribute.name == name;
  });
  return found == known.end() ? -1 : found - known.begin();
}

models::AttributeEncoding fit(const std::string& name, const data::Dataset& dataset,
                              const std::vector<int64_t>& cases) {
  std::vector<std::string> names;
  for (const auto& attribute : dataset.info.attributes) names.push_back(attribute.name);
  const int64_t column = column_of(dataset, name);
  require(column >= 0, "model.attributes names \"", name, "\", which is no attribute of ",
          dataset.info.name, hint(name, names));
  const auto index = static_cast<size_t>(column);
  const bool is_number = !dataset.info.attributes[index].bin_edges.empty() ||
                         !data::usual_bin_edges(name).empty();
  std::vector<std::string> values;
  for (const int64_t i : cases) values.push_back(case_at(dataset, i).attributes[index]);
  return models::fit_attribute(name, is_number, values);
}

std::vector<std::string> views_of(const data::Dataset& dataset,
                                  const std::vector<int64_t>& cases) {
  std::set<std::string> views;
  for (const int64_t i : cases) {
    for (const int64_t image : case_at(dataset, i).images) {
      const auto& entry = dataset.images[static_cast<size_t>(image)];
      const auto name = view_name(entry);
      require(!name.empty(),
              "model.fusion is concat, which lays views side by side, and ",
              dataset.info.manifest.string(), " line ", entry.line,
              " states neither view nor laterality; fill these columns, or use mean, max "
              "or attention");
      views.insert(name);
    }
  }
  return {views.begin(), views.end()};
}

}  // namespace

std::string view_name(const data::ImageEntry& image) {
  if (image.view.empty() || image.laterality.empty()) {
    return image.laterality + image.view;
  }
  return image.laterality + "-" + image.view;
}

FusionPlan make_fusion_plan(const train::ModelConfig& config,
                            const data::Dataset& dataset,
                            const std::vector<int64_t>& train_cases) {
  FusionPlan plan{models::fusion_named(config.fusion, "model.fusion"), {}, {}};
  if (plan.fusion == Fusion::kConcat) {
    plan.views = config.views.value_or(std::vector<std::string>());
    if (plan.views.empty()) plan.views = views_of(dataset, train_cases);
  }
  for (const auto& name : config.attributes.value_or(std::vector<std::string>())) {
    plan.attributes.push_back(fit(name, dataset, train_cases));
  }
  return plan;
}

std::vector<int64_t> slots_of_images(const data::Dataset& dataset,
                                     const FusionPlan& plan) {
  std::vector<int64_t> slots;
  if (plan.fusion != Fusion::kConcat) return slots;
  for (const auto& image : dataset.images) {
    const auto found = std::find(plan.views.begin(), plan.views.end(), view_name(image));
    slots.push_back(found == plan.views.end() ? -1 : found - plan.views.begin());
  }
  return slots;
}

void require_views(const data::Dataset& dataset, const std::vector<int64_t>& cases,
                   const FusionPlan& plan) {
  const auto slots = slots_of_images(dataset, plan);
  if (slots.empty()) return;
  int64_t without = 0;
  for (const int64_t i : cases) {
    const auto& images = case_at(dataset, i).images;
    without += std::none_of(images.begin(), images.end(), [&](int64_t image) {
      return slots[static_cast<size_t>(image)] >= 0;
    });
  }
  require(without == 0, without, " of ", cases.size(), " cases of ",
          dataset.info.name.empty() ? "these images" : dataset.info.name,
          " have no image of the views that the network reads (", joined(plan.views),
          "); the columns laterality and view of a manifest say which an image is");
}

at::Tensor encode_attributes(const data::Dataset& dataset,
                             const std::vector<int64_t>& cases, const FusionPlan& plan) {
  if (plan.attributes.empty()) return {};
  std::vector<float> values;
  std::vector<int64_t> columns;
  for (const auto& attribute : plan.attributes) {
    columns.push_back(column_of(dataset, attribute.name));
  }
  for (const int64_t i : cases) {
    const auto& own = case_at(dataset, i).attributes;
    for (size_t a = 0; a < columns.size(); ++a) {
      const auto column = static_cast<size_t>(columns[a]);
      plan.attributes[a].encode(columns[a] < 0 ? std::string() : own.at(column), values);
    }
  }
  return at::tensor(values).view({std::ssize(cases), plan.num_attribute_inputs()});
}

}  // namespace medgraft::app
