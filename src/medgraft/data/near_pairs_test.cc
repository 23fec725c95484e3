#include "medgraft/data/near_pairs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/data/image_signature.h"
#include "medgraft/image/resize.h"
#include "medgraft/image/transform.h"

namespace medgraft::data {
namespace {

constexpr int64_t kSide = 32;

/// @return noise as smooth as photographs are: amplitudes fall with the frequency.
image::Image random_image(Rng& rng) {
  image::Image coarse{6, 6, 1, {}}, fine{kSide, kSide, 1, {}};
  for (int i = 0; i < 36; ++i) coarse.pixels.push_back(static_cast<float>(rng.uniform()));
  auto image = image::resize(coarse, kSide, kSide);
  for (float& value : image.pixels) value += static_cast<float>(0.02 * rng.normal());
  return image;
}

/// @return the image with noise of about the size that takes a pair over the threshold.
image::Image disturbed(image::Image image, Rng& rng) {
  const double noise = rng.uniform(0, 0.06);
  for (float& value : image.pixels) value += static_cast<float>(noise * rng.normal());
  return image;
}

/// Random pictures, and clusters of many that are nearly equal, some of them mirrored.
std::vector<image::Image> random_and_clustered(uint64_t seed) {
  constexpr int kAlone = 120, kClusters = 16, kMembers = 10;
  Rng rng(mix_key({seed}));
  std::vector<image::Image> images;
  for (int i = 0; i < kAlone; ++i) images.push_back(random_image(rng));
  for (int i = 0; i < kClusters; ++i) {
    const auto center = random_image(rng);
    for (int k = 0; k < kMembers; ++k) {
      auto member = disturbed(center, rng);
      images.push_back(k % 4 == 3 ? image::flip_horizontally(std::move(member)) : member);
    }
  }
  return images;
}

/// The definition: Pearson's correlation of two reductions.
double correlation(const image::Image& a, const image::Image& b) {
  const auto n = static_cast<double>(a.pixels.size());
  double mean_a = 0, mean_b = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    mean_a += a.pixels[i] / n;
    mean_b += b.pixels[i] / n;
  }
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const double da = a.pixels[i] - mean_a, db = b.pixels[i] - mean_b;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / std::sqrt(aa * bb);
}

using Found = std::map<std::pair<int64_t, int64_t>, std::pair<double, bool>>;

Found by_definition(const std::vector<image::Image>& images, double threshold) {
  Found found;
  for (size_t a = 0; a < images.size(); ++a) {
    const auto mirror = image::flip_horizontally(images[a]);
    for (size_t b = a + 1; b < images.size(); ++b) {
      const std::pair key{static_cast<int64_t>(a), static_cast<int64_t>(b)};
      const double plain = correlation(images[a], images[b]);
      const double mirrored = correlation(mirror, images[b]);
      if (plain > threshold) {
        found[key] = {plain, false};
      } else if (mirrored > threshold) {
        found[key] = {mirrored, true};
      }
    }
  }
  return found;
}

TEST(FindNearPairs, FindsWhatEveryPairComparedFinds) {
  for (const uint64_t seed : {1, 2}) {
    SCOPED_TRACE(seed);
    const auto images = random_and_clustered(seed);
    std::vector<float> shapes(images.size() * kShapeLength);
    std::vector<int64_t> rows;
    for (size_t i = 0; i < images.size(); ++i) {
      const std::span shape(shapes.data() + i * kShapeLength, kShapeLength);
      EXPECT_FALSE(sign_image(images[i], shape).is_flat);
      rows.push_back(static_cast<int64_t>(i));
    }
    NearPairOptions options;
    options.threads = 3;
    const auto expected = by_definition(images, options.correlation);
    const auto found = find_near_pairs(shapes, rows, options);
    EXPECT_TRUE(found.complete);
    EXPECT_GT(expected.size(), 100U);
    ASSERT_EQ(found.pairs.size(), expected.size());
    size_t num_mirrored = 0;
    for (const auto& pair : found.pairs) {
      const auto at = expected.find({pair.first, pair.second});
      ASSERT_NE(at, expected.end()) << pair.first << " " << pair.second;
      EXPECT_NEAR(pair.correlation, at->second.first, 1e-6);
      EXPECT_EQ(pair.mirrored, at->second.second);
      num_mirrored += pair.mirrored;
    }
    EXPECT_GT(num_mirrored, 30U);
    options.with_mirrored = false;
    EXPECT_EQ(find_near_pairs(shapes, rows, options).pairs.size(),
              expected.size() - num_mirrored);
  }
}

TEST(FindNearPairs, EndsAtAsManyPairsAsItMayList) {
  constexpr int kCopies = 400;
  Rng rng(1);
  const auto image = random_image(rng);
  std::vector<float> shapes(kCopies * kShapeLength);
  std::vector<int64_t> rows;
  for (size_t i = 0; i < kCopies; ++i) {
    sign_image(image, {shapes.data() + i * kShapeLength, kShapeLength});
    rows.push_back(static_cast<int64_t>(i));
  }
  NearPairOptions options;
  options.max_pairs = 1000;
  const auto found = find_near_pairs(shapes, rows, options);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.pairs.size(), 1000U);
}

TEST(FindNearPairs, TakesNoRows) {
  EXPECT_TRUE(find_near_pairs({}, {}, {}).pairs.empty());
}

TEST(SignImage, KnowsGreyInColorAndSizeFromPixels) {
  Rng rng(5);
  const auto grey = random_image(rng);
  std::vector<float> shape(kShapeLength), other(kShapeLength);
  const auto signature = sign_image(grey, shape);
  EXPECT_EQ(sign_image(image::to_rgb(grey), other).digest, signature.digest);
  EXPECT_EQ(other, shape);
  auto changed = grey;
  changed.pixels[7] = std::nextafter(changed.pixels[7], 2.0F);
  EXPECT_NE(sign_image(changed, other).digest, signature.digest);
  image::Image wide{16, 64, 1, grey.pixels};
  EXPECT_NE(sign_image(wide, other).digest, signature.digest);
}

}  // namespace
}  // namespace medgraft::data
