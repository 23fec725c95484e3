#include "medgraft/image/vectorized.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace medgraft::image {
namespace {

template <class Sample>
void expect_shares(float range) {
  std::vector<Sample> samples(static_cast<size_t>(range) + 1);
  std::iota(samples.begin(), samples.end(), Sample{0});
  std::vector<float> shares(samples.size());
  to_unit_range(samples.data(), shares.data(), std::ssize(samples));
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(shares[i], static_cast<float>(i / static_cast<double>(range))) << i;
  }
}

TEST(Vectorized, RoundsEveryShareOnce) {
  expect_shares<uint8_t>(255);
  expect_shares<uint16_t>(65535);
}

TEST(Vectorized, AddsWithoutContracting) {
  std::vector<float> to, from, expected;
  for (int i = 0; i < 1003; ++i) {
    to.push_back(1.0F / static_cast<float>(i + 1));
    from.push_back(static_cast<float>(i) / 7);
    const volatile float product = 0.3F * from.back();  // Rounded before the addition.
    expected.push_back(to.back() + product);
  }
  add_scaled(to.data(), from.data(), 0.3F, std::ssize(to));
  EXPECT_EQ(to, expected);
}

}  // namespace
}  // namespace medgraft::image
