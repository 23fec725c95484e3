#include "medgraft/models/case_network.h"

#include <ATen/ATen.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

using at::Tensor;
using nlohmann::json;

constexpr std::array<std::pair<const char*, Fusion>, 5> kFusions = {
    {{"none", Fusion::kNone},
     {"mean", Fusion::kMean},
     {"max", Fusion::kMax},
     {"attention", Fusion::kAttention},
     {"concat", Fusion::kConcat}}};

// Hidden units of the attention. Source: AMLab-Amsterdam/AttentionDeepMIL, model.py.
constexpr int64_t kAttentionUnits = 128;

std::vector<ParameterShape> shapes_of(const Architecture& architecture,
                                      int64_t num_classes, const FusionPlan& plan) {
  const int64_t features = architecture.feature_channels();
  auto shapes = parameter_shapes(architecture, 0);
  if (plan.fusion == Fusion::kAttention) {
    for (const char* part : {"fusion.value", "fusion.gate"}) {
      shapes.push_back({text(part, ".weight"), {kAttentionUnits, features}});
      shapes.push_back({text(part, ".bias"), {kAttentionUnits}});
    }
    shapes.push_back({"fusion.score.weight", {1, kAttentionUnits}});
  }
  if (plan.fusion == Fusion::kConcat) {
    shapes.push_back({"fusion.missing", {std::ssize(plan.views), features}});
  }
  shapes.push_back({"head.weight", {num_classes, plan.num_head_inputs(features)}});
  shapes.push_back({"head.bias", {num_classes}});
  return shapes;
}

json parsed(const std::map<std::string, std::string>& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return json::array();
  return json::parse(found->second, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::string to_string(Fusion fusion) {
  for (const auto& [name, value] : kFusions) {
    if (value == fusion) return name;
  }
  MEDGRAFT_CHECK(false, "a fusion without a name");
}

Fusion fusion_named(const std::string& name, const std::string& key) {
  for (const auto& [known, value] : kFusions) {
    if (known == name) return value;
  }
  throw UserError(
      text(key, " is \"", name, "\"; accepted: none, mean, max, attention, concat"));
}

int64_t FusionPlan::num_attribute_inputs() const {
  int64_t inputs = 0;
  for (const auto& attribute : attributes) inputs += attribute.num_inputs();
  return inputs;
}

int64_t FusionPlan::num_head_inputs(int64_t features) const {
  const int64_t rows = fusion == Fusion::kConcat ? std::ssize(views) : 1;
  return rows * features + num_attribute_inputs();
}

std::map<std::string, std::string> fusion_metadata(const FusionPlan& plan) {
  std::map<std::string, std::string> metadata = {{"fusion", to_string(plan.fusion)}};
  if (!plan.views.empty()) metadata["views"] = json(plan.views).dump();
  if (!plan.attributes.empty()) metadata["attributes"] = to_json(plan.attributes).dump();
  return metadata;
}

FusionPlan fusion_from_metadata(const std::map<std::string, std::string>& metadata,
                                const std::string& file) {
  FusionPlan plan;
  const auto fusion = metadata.find("fusion");
  if (fusion != metadata.end())
    plan.fusion = fusion_named(fusion->second, file + ": fusion");
  if (plan.fusion == Fusion::kNone) return plan;
  const auto views = parsed(metadata, "views");
  require(views.is_array(), file, " is damaged: its views are no list");
  for (const auto& view : views) {
    require(view.is_string(), file, " is damaged: its views are no list of names");
    plan.views.push_back(view);
  }
  require(plan.fusion != Fusion::kConcat || !plan.views.empty(), file,
          " is damaged: its fusion is concat and it names no views");
  plan.attributes = attributes_from_json(parsed(metadata, "attributes"), file);
  return plan;
}

CaseNetwork::CaseNetwork(const Architecture& architecture, int64_t num_classes,
                         FusionPlan plan, uint64_t seed)
    : Bit(architecture, num_classes, shapes_of(architecture, num_classes, plan), seed),
      plan_(std::move(plan)) {
  head_weight_ = take("head.weight");
  head_bias_ = take("head.bias");
  if (plan_.fusion == Fusion::kConcat) missing_ = take("fusion.missing");
  if (plan_.fusion == Fusion::kAttention) {
    attention_ = {take("fusion.value.weight"), take("fusion.value.bias"),
                  take("fusion.gate.weight"), take("fusion.gate.bias"),
                  take("fusion.score.weight")};
  }
}

Tensor CaseNetwork::fuse(const Tensor& features, const CaseLayout& layout) const {
  switch (plan_.fusion) {
    case Fusion::kNone:
      break;
    case Fusion::kMean:
      return mean_of_cases(features, layout);
    case Fusion::kMax:
      return max_of_cases(features, layout);
    case Fusion::kAttention:
      return attention_of_cases(features, layout, attention_);
    case Fusion::kConcat:
      return concat_of_views(features, layout, missing_);
  }
  return features;
}

Tensor CaseNetwork::forward(const Tensor& images, const CaseLayout& layout) const {
  return classify(features(images), layout);
}

Tensor CaseNetwork::classify(const Tensor& features, const CaseLayout& layout) const {
  auto inputs = fuse(features, layout);
  if (!plan_.attributes.empty()) inputs = at::cat({inputs, layout.attributes}, 1);
  return at::linear(inputs, head_weight_, head_bias_);
}

}  // namespace medgraft::models
