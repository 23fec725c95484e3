#include "medgraft/models/fusion.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/models/case_network.h"

namespace medgraft::models {
namespace {

using at::Tensor;
using Row = std::vector<double>;

// Cases of 1, 3, 2 and 1 images, not in order.
const std::vector<int64_t> kCaseOfImage = {1, 0, 2, 1, 3, 1, 2};
const std::vector<int64_t> kSlotOfImage = {0, 2, 1, 1, 0, 1, 1};
constexpr int64_t kCases = 4, kViews = 3, kFeatures = 5, kUnits = 6;

CaseLayout layout_of(const std::vector<int64_t>& case_of_image = kCaseOfImage,
                     const std::vector<int64_t>& slot_of_image = kSlotOfImage) {
  return {kCases,
          at::tensor(case_of_image, at::kLong),
          at::tensor(slot_of_image, at::kLong),
          {}};
}

Tensor drawn(at::IntArrayRef shape, uint64_t seed) {
  at::manual_seed(seed);
  return at::randn(shape, at::kDouble);
}

struct Parameters {
  Tensor features = drawn({std::ssize(kCaseOfImage), kFeatures}, 1);
  GatedAttention attention{drawn({kUnits, kFeatures}, 2), drawn({kUnits}, 3),
                           drawn({kUnits, kFeatures}, 4), drawn({kUnits}, 5),
                           drawn({1, kUnits}, 6)};
  Tensor missing = drawn({kViews, kFeatures}, 7);
};

using Fuse = std::function<Tensor(const Parameters&, const CaseLayout&)>;

struct Variant {
  const char* name;
  Fuse fuse;
};

const std::vector<Variant> kVariants = {
    {"mean", [](const auto& p, const auto& at) { return mean_of_cases(p.features, at); }},
    {"max", [](const auto& p, const auto& at) { return max_of_cases(p.features, at); }},
    {"attention",
     [](const auto& p, const auto& at) {
       return attention_of_cases(p.features, at, p.attention);
     }},
    {"concat", [](const auto& p,
                  const auto& at) { return concat_of_views(p.features, at, p.missing); }},
};

Row row_of(const Tensor& matrix, int64_t i) {
  const auto values = matrix[i].contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Equation 9 of the paper (and the biases of the authors' code), one image.
double score(const Parameters& p, const Row& h) {
  double sum = 0;
  for (int64_t d = 0; d < kUnits; ++d) {
    const double value = dot(row_of(p.attention.value_weight, d), h) +
                         p.attention.value_bias[d].item<double>();
    const double gate = dot(row_of(p.attention.gate_weight, d), h) +
                        p.attention.gate_bias[d].item<double>();
    sum += p.attention.score_weight[0][d].item<double>() * std::tanh(value) /
           (1 + std::exp(-gate));
  }
  return sum;
}

std::vector<Row> rows_of_case(const Parameters& p, int64_t wanted, int64_t slot = -1) {
  std::vector<Row> rows;
  for (size_t i = 0; i < kCaseOfImage.size(); ++i) {
    if (kCaseOfImage[i] != wanted || (slot >= 0 && kSlotOfImage[i] != slot)) continue;
    rows.push_back(row_of(p.features, static_cast<int64_t>(i)));
  }
  return rows;
}

Row weighted(const std::vector<Row>& rows, const std::vector<double>& weights) {
  Row out(kFeatures);
  double total = 0;
  for (const double weight : weights) total += weight;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t f = 0; f < out.size(); ++f) out[f] += rows[i][f] * weights[i] / total;
  }
  return out;
}

// The definitions in plain loops, case by case.
Row definition(const std::string& name, const Parameters& p, int64_t of_case) {
  const auto rows = rows_of_case(p, of_case);
  if (name == "mean") return weighted(rows, std::vector<double>(rows.size(), 1));
  if (name == "attention") {
    std::vector<double> weights;
    for (const auto& row : rows) weights.push_back(std::exp(score(p, row)));
    return weighted(rows, weights);
  }
  Row out;
  if (name == "max") {
    out = rows[0];
    for (const auto& row : rows) {
      for (size_t f = 0; f < out.size(); ++f) out[f] = std::max(out[f], row[f]);
    }
    return out;
  }
  for (int64_t slot = 0; slot < kViews; ++slot) {
    const auto of_view = rows_of_case(p, of_case, slot);
    const auto part = of_view.empty()
                          ? row_of(p.missing, slot)
                          : weighted(of_view, std::vector<double>(of_view.size(), 1));
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

// How ctest shows a variant; the default is its bytes, which differ by build.
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

class FusionTest : public ::testing::TestWithParam<Variant> {};

TEST_P(FusionTest, MatchesDefinition) {
  const Parameters parameters;
  const auto fused = GetParam().fuse(parameters, layout_of());
  ASSERT_EQ(fused.size(0), kCases);
  for (int64_t i = 0; i < kCases; ++i) {
    const auto wanted = definition(GetParam().name, parameters, i);
    const auto got = row_of(fused, i);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t f = 0; f < got.size(); ++f) EXPECT_NEAR(got[f], wanted[f], 1e-12);
  }
}

TEST_P(FusionTest, DoesNotDependOnTheOrderOfImages) {
  Parameters parameters;
  const auto before = GetParam().fuse(parameters, layout_of());
  const std::vector<int64_t> order = {6, 2, 0, 5, 4, 1, 3};
  std::vector<int64_t> cases, slots;
  for (const int64_t i : order) {
    cases.push_back(kCaseOfImage[static_cast<size_t>(i)]);
    slots.push_back(kSlotOfImage[static_cast<size_t>(i)]);
  }
  parameters.features = parameters.features.index_select(0, at::tensor(order, at::kLong));
  const auto after = GetParam().fuse(parameters, layout_of(cases, slots));
  EXPECT_LT((after - before).abs().max().item<double>(), 1e-14);
}

TEST_P(FusionTest, GradientsMatchFiniteDifferences) {
  Parameters parameters;
  const auto direction = drawn({kCases, kViews * kFeatures}, 8);
  const auto value = [&] {
    const auto fused = GetParam().fuse(parameters, layout_of());
    return (fused * direction.narrow(1, 0, fused.size(1))).sum();
  };
  auto& attention = parameters.attention;
  const std::string name = GetParam().name;
  std::vector<Tensor> inputs = {parameters.features};
  if (name == "concat") inputs.push_back(parameters.missing);
  if (name == "attention") {
    inputs.insert(inputs.end(),
                  {attention.value_weight, attention.value_bias, attention.gate_weight,
                   attention.gate_bias, attention.score_weight});
  }
  for (auto& input : inputs) input.requires_grad_();
  value().backward();
  constexpr double kStep = 1e-6;
  for (const auto& input : inputs) {
    auto entries = input.detach().view({-1});
    const auto gradient = input.grad().reshape({-1});
    for (int64_t i = 0; i < entries.numel(); ++i) {
      const double at = entries[i].item<double>();
      entries[i].fill_(at + kStep);
      const double above = value().item<double>();
      entries[i].fill_(at - kStep);
      const double below = value().item<double>();
      entries[i].fill_(at);
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * kStep), 1e-7);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, FusionTest, ::testing::ValuesIn(kVariants),
                         [](const auto& info) { return info.param.name; });

TEST(AttentionTest, StaysFiniteWhereScoresAreLarge) {
  Parameters parameters;
  parameters.attention.score_weight = parameters.attention.score_weight * 1e5;
  const auto weights =
      attention_weights(parameters.features, layout_of(), parameters.attention);
  EXPECT_TRUE(at::isfinite(weights).all().item<bool>());
  EXPECT_NEAR(weights.sum().item<double>(), kCases, 1e-12);
}

constexpr int64_t kClasses = 3;

CaseNetwork network_of(Fusion fusion, std::vector<std::string> views = {}) {
  CaseNetwork network(architecture("R14x0.5"), kClasses, {fusion, std::move(views), {}},
                      5);
  for (const auto& [name, tensor] : network.parameters()) {
    if (!name.starts_with("head.")) continue;
    at::manual_seed(9);
    tensor.detach().copy_(at::randn(tensor.sizes()));
  }
  return network;
}

TEST(CaseNetworkTest, CaseOfOneImageSaysWhatItsImageSays) {
  const at::NoGradGuard no_grad;
  at::manual_seed(10);
  const auto images = at::rand({3, 3, 32, 32});
  const CaseLayout each{3, at::arange(3), {}, {}};
  const auto alone = network_of(Fusion::kNone).forward(images, {});
  for (const auto fusion : {Fusion::kMean, Fusion::kMax}) {
    EXPECT_TRUE(at::equal(network_of(fusion).forward(images, each), alone))
        << to_string(fusion);
  }
  const auto attended = network_of(Fusion::kAttention).forward(images, each);
  EXPECT_LT((attended - alone).abs().max().item<float>(), 1e-6);
}

TEST(CaseNetworkTest, RaggedBatchSaysWhatEachCaseSaysAlone) {
  const at::NoGradGuard no_grad;
  at::manual_seed(11);
  const auto images = at::rand({std::ssize(kCaseOfImage), 3, 32, 32});
  for (const auto fusion :
       {Fusion::kMean, Fusion::kMax, Fusion::kAttention, Fusion::kConcat}) {
    const auto network = network_of(fusion, fusion == Fusion::kConcat
                                                ? std::vector<std::string>{"A", "B", "C"}
                                                : std::vector<std::string>());
    const auto together = network.forward(images, layout_of());
    for (int64_t i = 0; i < kCases; ++i) {
      const auto own = (at::tensor(kCaseOfImage, at::kLong) == i).nonzero().view({-1});
      const CaseLayout alone{1,
                             at::zeros({own.size(0)}, at::kLong),
                             at::tensor(kSlotOfImage, at::kLong).index_select(0, own),
                             {}};
      const auto logits = network.forward(images.index_select(0, own), alone)[0];
      // Of logits in the tens: sums of up to 3072 products in another order.
      const auto error = (logits - together[i]).abs().max() / together[i].abs().max();
      EXPECT_LT(error.item<float>(), 1e-5) << to_string(fusion) << " " << i;
    }
  }
}

// Every case padded to three images with zeros, and divided by how many are real.
TEST(CaseNetworkTest, MeanOfRaggedCasesIsThePaddedMean) {
  const Parameters parameters;
  auto padded = at::zeros({kCases, 3, kFeatures}, at::kDouble);
  auto counts = std::vector<int64_t>(kCases);
  for (size_t i = 0; i < kCaseOfImage.size(); ++i) {
    const int64_t of_case = kCaseOfImage[i];
    padded[of_case][counts[static_cast<size_t>(of_case)]++] =
        parameters.features[static_cast<int64_t>(i)];
  }
  const auto wanted =
      padded.sum(1) / at::tensor(counts, at::kLong).to(at::kDouble).unsqueeze(1);
  const auto got = mean_of_cases(parameters.features, layout_of());
  EXPECT_LT((got - wanted).abs().max().item<double>(), 1e-15);
}

TEST(CaseNetworkTest, SharesItsBackboneWithABitOfTheSameSeed) {
  const Bit bit(architecture("R14x0.5"), kClasses, 5);
  const auto network = network_of(Fusion::kAttention);
  for (const auto& [name, tensor] : bit.parameters()) {
    if (name.starts_with("head.")) continue;
    const auto& own = network.parameters();
    const auto found = std::find_if(own.begin(), own.end(),
                                    [&](const auto& p) { return p.name == name; });
    ASSERT_NE(found, own.end()) << name;
    EXPECT_TRUE(at::equal(found->tensor, tensor)) << name;
  }
}

TEST(CaseNetworkTest, HeadReadsViewsThenAttributes) {
  FusionPlan plan{Fusion::kConcat,
                  {"L", "R"},
                  {{"age", true, 50, 10, {}}, {"sex", false, 0, 1, {"F", "M"}}}};
  EXPECT_EQ(plan.num_head_inputs(1024), 2 * 1024 + 2 + 3);
  const auto again = fusion_from_metadata(fusion_metadata(plan), "file");
  EXPECT_EQ(fusion_metadata(again), fusion_metadata(plan));
  EXPECT_EQ(again.attributes.at(0).mean, 50);
  EXPECT_EQ(again.views, plan.views);
}

TEST(CaseNetworkTest, DamagedMetadataIsRefusedByFile) {
  using Metadata = std::map<std::string, std::string>;
  for (const auto& metadata :
       {Metadata{{"fusion", "median"}}, Metadata{{"fusion", "concat"}},
        Metadata{{"fusion", "concat"}, {"views", "{}"}},
        Metadata{{"fusion", "concat"}, {"views", "[1]"}},
        Metadata{{"fusion", "mean"}, {"attributes", "["}}}) {
    try {
      fusion_from_metadata(metadata, "weights.safetensors");
      FAIL() << "accepted";
    } catch (const UserError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("weights.safetensors"));
    }
  }
}

TEST(CaseNetworkTest, WithoutFusionMetadataIsAsItAlwaysWas) {
  EXPECT_EQ(fusion_metadata({}),
            (std::map<std::string, std::string>{{"fusion", "none"}}));
}

}  // namespace
}  // namespace medgraft::models
