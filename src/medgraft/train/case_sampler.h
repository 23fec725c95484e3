#pragma once

#include <cstdint>
#include <vector>

#include "medgraft/train/case_source.h"
#include "medgraft/train/sampler.h"

namespace medgraft::train {

/// How a step draws the images that a case shows.
struct ViewSampling {
  bool by_case = false;     ///< False: a row of the batch is one image.
  int64_t max_images = 0;   ///< Of a case; 0: all.
  double view_dropout = 0;  ///< Probability that an image of several is left out.
};

/// The images of one step, row by row.
struct SampledRows {
  std::vector<SampledImage> images;
  std::vector<int64_t> row_of_image;  ///< Ascending; every row has an image.
  std::vector<int64_t> case_of_row;   ///< Into the CaseSet.
};

/// The order of training: of images, or of cases with their images. Like Sampler's, a
/// pure function of the seed and the position.
class CaseSampler {
 public:
  CaseSampler(const CaseSet& set, int64_t batch, uint64_t seed, ViewSampling views);

  /// @return images or cases, as many as a permutation has: what an epoch shows.
  int64_t num_units() const;
  SampledRows batch(int64_t step);

 private:
  void add_case(const SampledImage& unit, SampledRows& rows) const;

  ViewSampling views_;
  std::vector<int64_t> case_of_image_;
  std::vector<std::vector<int64_t>> images_of_case_;  ///< Empty unless by case.
  Sampler order_;
};

/// @return which of `num_images` images a case shows, ascending and never none: at most
/// `views.max_images` of them, drawn without replacement, less those that drop out.
std::vector<int64_t> draw_views(int64_t num_images, const ViewSampling& views,
                                uint64_t key);

/// What is left of a step's images when some cannot be read.
struct ReadableRows {
  std::vector<int64_t> kept;   ///< Places among the images as they were.
  std::vector<bool> is_blank;  ///< One a row: none of its images can be read.
};

/// Takes the images at `unreadable` out of rows that have others. A blank row keeps its
/// own, for the shape's sake: it is not to count.
ReadableRows leave_out(SampledRows& rows, const std::vector<int64_t>& unreadable);

/// Whole rows [first_row, first_row + num_rows) that are computed at a time, and their
/// images.
struct RowPart {
  int64_t first_row = 0, num_rows = 0, first_image = 0, num_images = 0;
};

/// @return the rows in order, in parts of as many whole rows as have at most
/// `max_images` images; a row with more is a part of its own.
std::vector<RowPart> split_rows(const std::vector<int64_t>& row_of_image,
                                int64_t max_images);

}  // namespace medgraft::train
