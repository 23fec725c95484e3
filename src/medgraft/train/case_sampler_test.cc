#include "medgraft/train/case_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace medgraft::train {
namespace {

// Cases of 1, 2, 3, 4, 1 images.
CaseSet five_cases() {
  CaseSet set;
  set.hashes.resize(5);
  set.case_of_image = {0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4};
  return set;
}

TEST(CaseSamplerTest, EveryEpochShowsEachCaseOnceWithAllItsImages) {
  CaseSampler sampler(five_cases(), 5, 3, {.by_case = true});
  const auto rows = sampler.batch(2);
  EXPECT_EQ(std::set<int64_t>(rows.case_of_row.begin(), rows.case_of_row.end()).size(),
            5u);
  EXPECT_EQ(rows.images.size(), 11u);
  std::set<uint64_t> keys;
  for (size_t i = 0; i < rows.images.size(); ++i) {
    const auto row = static_cast<size_t>(rows.row_of_image[i]);
    EXPECT_EQ(five_cases().case_of_image[static_cast<size_t>(rows.images[i].index)],
              rows.case_of_row[row]);
    keys.insert(rows.images[i].key);
  }
  EXPECT_EQ(keys.size(), 11u);  // No two images are augmented alike.
}

TEST(CaseSamplerTest, WithoutFusionDrawsWhatTheSamplerOfImagesDraws) {
  CaseSampler by_row(five_cases(), 4, 3, {});
  Sampler plain(11, 4, 3);
  for (int64_t step = 0; step < 6; ++step) {
    const auto rows = by_row.batch(step);
    const auto images = plain.batch(step);
    ASSERT_EQ(rows.images.size(), images.size());
    for (size_t i = 0; i < images.size(); ++i) {
      EXPECT_EQ(rows.images[i].index, images[i].index);
      EXPECT_EQ(rows.images[i].key, images[i].key);
      EXPECT_EQ(rows.row_of_image[i], static_cast<int64_t>(i));
    }
  }
}

TEST(CaseSamplerTest, AnyStepIsTheSameWhereverOneStarts) {
  const ViewSampling views{true, 2, 0.5};
  CaseSampler through(five_cases(), 3, 7, views), direct(five_cases(), 3, 7, views);
  for (int64_t step = 0; step < 9; ++step) through.batch(step);
  const auto a = through.batch(9), b = direct.batch(9);
  ASSERT_EQ(a.images.size(), b.images.size());
  for (size_t i = 0; i < a.images.size(); ++i) {
    EXPECT_EQ(a.images[i].index, b.images[i].index);
    EXPECT_EQ(a.images[i].key, b.images[i].key);
  }
}

TEST(DrawViewsTest, DropsEachImageAsOftenAsAskedButNeverAll) {
  constexpr int kDraws = 4000;
  int64_t shown_of_four = 0;
  for (uint64_t key = 0; key < kDraws; ++key) {
    const auto shown = draw_views(4, {true, 0, 0.25}, key);
    ASSERT_FALSE(shown.empty());
    shown_of_four += std::ssize(shown);
    EXPECT_EQ(draw_views(1, {true, 0, 0.99}, key), std::vector<int64_t>{0});
    EXPECT_FALSE(draw_views(2, {true, 0, 0.99}, key).empty());
  }
  // 4 x 0.75, and the one that is kept of those 0.25^4 that would lose all; within four
  // standard errors of a sum of binomials.
  const double wanted = 3 + std::pow(0.25, 4);
  EXPECT_NEAR(static_cast<double>(shown_of_four) / kDraws, wanted,
              4 * std::sqrt(4 * 0.25 * 0.75 / kDraws));
}

TEST(DrawViewsTest, TakesAsManyOfManyAndEachAsOften) {
  std::map<int64_t, int> counts;
  constexpr int kDraws = 3000;
  for (uint64_t key = 0; key < kDraws; ++key) {
    const auto shown = draw_views(6, {true, 2, 0}, key);
    ASSERT_EQ(shown.size(), 2u);
    EXPECT_LT(shown[0], shown[1]);
    for (const int64_t i : shown) ++counts[i];
  }
  for (const auto& [i, count] : counts) {
    EXPECT_NEAR(count, kDraws / 3.0, 4 * std::sqrt(kDraws * 2.0 / 9)) << i;
  }
}

TEST(LeaveOutTest, TakesUnreadableImagesFromCasesThatHaveOthers) {
  SampledRows rows{{{10, 0}, {11, 1}, {12, 2}, {13, 3}}, {0, 0, 1, 2}, {7, 8, 9}};
  const auto left = leave_out(rows, {1, 2});
  EXPECT_EQ(left.kept, (std::vector<int64_t>{0, 2, 3}));
  EXPECT_EQ(left.is_blank, (std::vector<bool>{false, true, false}));
  ASSERT_EQ(rows.images.size(), 3u);
  EXPECT_EQ(rows.images[1].index, 12);  // Of the blank row.
  EXPECT_EQ(rows.row_of_image, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(rows.case_of_row, (std::vector<int64_t>{7, 8, 9}));
}

TEST(SplitRowsTest, FillsPartsWithWholeRows) {
  const std::vector<int64_t> rows = {0, 1, 1, 2, 2, 2, 3, 4};
  const auto parts = split_rows(rows, 4);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].num_rows, 2);
  EXPECT_EQ(parts[0].num_images, 3);
  EXPECT_EQ(parts[1].first_row, 2);
  EXPECT_EQ(parts[1].num_images, 4);
  EXPECT_EQ(parts[2].first_image, 7);
  EXPECT_EQ(parts[2].num_rows, 1);
}

}  // namespace
}  // namespace medgraft::train
