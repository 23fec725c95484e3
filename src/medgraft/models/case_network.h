#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "medgraft/models/attribute_encoding.h"
#include "medgraft/models/bit.h"
#include "medgraft/models/fusion.h"

namespace medgraft::models {

/// What makes one of a case's images: kNone predicts each image by itself.
enum class Fusion { kNone, kMean, kMax, kAttention, kConcat };

std::string to_string(Fusion fusion);
/// @param key what the name was given for, for the message.
/// @throws UserError naming what is accepted.
Fusion fusion_named(const std::string& name, const std::string& key);

/// What the head of a network of cases reads.
struct FusionPlan {
  Fusion fusion = Fusion::kNone;
  std::vector<std::string> views;             ///< Of concat, in the order of its slots.
  std::vector<AttributeEncoding> attributes;  ///< Empty with kNone.

  int64_t num_attribute_inputs() const;
  /// @return columns of the head over `features` pooled activations.
  int64_t num_head_inputs(int64_t features) const;
};

/// @return what a weight file says of `plan`: fusion, and views and attributes as JSON
/// where there are any.
std::map<std::string, std::string> fusion_metadata(const FusionPlan& plan);
/// @throws UserError beginning with `file` where the metadata is damaged.
FusionPlan fusion_from_metadata(const std::map<std::string, std::string>& metadata,
                                const std::string& file);

/// A Big Transfer network whose head reads a whole case: the pooled features of its
/// images, fused, with its attributes behind them. Beside the backbone and
/// head.{weight,bias} it has, with attention, fusion.value.{weight,bias},
/// fusion.gate.{weight,bias} and fusion.score.weight, and with concat fusion.missing
/// [num_views, F], which is learned and starts as zeros.
class CaseNetwork : public Bit {
 public:
  /// With kNone the same as a Bit.
  CaseNetwork(const Architecture& architecture, int64_t num_classes, FusionPlan plan,
              uint64_t seed);

  const FusionPlan& plan() const { return plan_; }
  bool is_fused() const { return plan_.fusion != Fusion::kNone; }

  /// @param images float32 [N, 3, H, W]. @param layout not read with kNone.
  /// @return unnormalized logits: a row a case, with kNone a row an image.
  at::Tensor forward(const at::Tensor& images, const CaseLayout& layout) const;

  /// The same from the pooled features of images, [N, feature_channels].
  at::Tensor classify(const at::Tensor& features, const CaseLayout& layout) const;

 private:
  at::Tensor fuse(const at::Tensor& features, const CaseLayout& layout) const;

  FusionPlan plan_;
  GatedAttention attention_;
  at::Tensor missing_, head_weight_, head_bias_;
};

}  // namespace medgraft::models
