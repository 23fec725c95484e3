#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/models/bit_npz.h"
#include "medgraft/models/weights.h"

namespace medgraft::models {
namespace {

// As value() of tests/goldens/models.py: the reference saw the same numbers.
at::Tensor draw(const std::string& name, at::IntArrayRef shape, double low, double high) {
  uint64_t key = mix_key({});
  for (const char c : name) {
    // mix_key of a list is a fold; continue it byte by byte.
    key = Rng(key ^ static_cast<unsigned char>(c)).next();
  }
  Rng rng(key);
  auto tensor = at::empty(shape, at::kFloat);
  float* data = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    data[i] = static_cast<float>((high - low) * rng.uniform() + low);
  }
  return tensor;
}

at::Tensor draw_weight(const std::string& name, at::IntArrayRef shape) {
  if (name.ends_with("c/group_norm/gamma")) return draw(name, shape, 0.05, 0.25);
  if (name.ends_with("gamma")) return draw(name, shape, 0.5, 1.5);
  if (name.ends_with("beta") || name.ends_with("bias"))
    return draw(name, shape, -0.1, 0.1);
  return draw(name, shape, -1, 1);
}

class BitParityTest : public ::testing::TestWithParam<const char*> {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / text("bit_parity_test_", getpid(), ".npz");
};

TEST_P(BitParityTest, LogitsMatchTheAuthorsCode) {
  const at::NoGradGuard no_grad;
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/models/logits.json");
  const auto golden = nlohmann::json::parse(file);
  const auto& wanted = golden.at("networks").at(GetParam());
  constexpr int64_t kClasses = 7;

  // Through a weight file in the published naming, as a user's weights would come.
  NamedTensors tensors;
  for (const auto& [name, shape] : parameter_shapes(architecture(GetParam()), kClasses)) {
    const auto published = from_medgraft_name(name, Naming::kBigTransfer);
    const auto axes =
        from_medgraft_axes(at::empty(shape), name, Naming::kBigTransfer).sizes();
    tensors[published] = draw_weight(published, axes.vec());
  }
  write_npz_tensors(path_, tensors);
  tensors.clear();
  Bit network(architecture(GetParam()), kClasses, 0);
  load_weights(network, read_weights(path_), Head::kLoad, "golden");

  for (const auto& [size, rows] : wanted.items()) {
    SCOPED_TRACE(size);
    int64_t height = 0, width = 0;
    char by = 0;
    std::istringstream(size) >> height >> by >> width;
    const auto images = draw("images " + size, {2, 3, height, width}, -1, 1);
    const auto logits = network.forward(images);
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < 2; ++i) {
      for (int64_t k = 0; k < kClasses; ++k) {
        const double want = rows.at(static_cast<size_t>(i)).at(static_cast<size_t>(k));
        largest = std::max(largest, std::abs(want));
        worst = std::max(worst, std::abs(want - logits[i][k].item<double>()));
      }
    }
    RecordProperty("worst_relative_error_" + size, std::to_string(worst / largest));
    EXPECT_LE(worst / largest, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Slow, BitParityTest,
                         ::testing::Values("R50x1", "R101x1", "R50x3"));

}  // namespace
}  // namespace medgraft::models
