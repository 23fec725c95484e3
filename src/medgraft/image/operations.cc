#include "medgraft/image/operations.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/image/corruption.h"
#include "medgraft/image/foreground.h"
#include "medgraft/image/intensity.h"
#include "medgraft/image/resize.h"
#include "medgraft/image/transform.h"

namespace medgraft::image {
namespace {

using Values = std::span<const double>;

int64_t pixels(double value) { return static_cast<int64_t>(value); }

void require_at_least(const Image& image, Values size, std::string_view name) {
  require(image.height >= pixels(size[0]) && image.width >= pixels(size[1]),
          "the image is ", image.height, " x ", image.width, " pixels, too small for ",
          name, "(", pixels(size[0]), ",", pixels(size[1]), "); resize it before");
}

// Part of decode, which Program::decode_options() asks for it.
Image apply_window(Image image, Values, Rng&) { return image; }

Image apply_resize(Image image, Values size, Rng&) {
  return resize(std::move(image), pixels(size[0]), pixels(size[1]));
}

Image apply_letterbox(Image image, Values size, Rng&) {
  return letterbox(image, pixels(size[0]), pixels(size[1]));
}

Image apply_center_crop(Image image, Values size, Rng&) {
  require_at_least(image, size, "center_crop");
  const auto height = pixels(size[0]), width = pixels(size[1]);
  return crop(image, (image.height - height) / 2, (image.width - width) / 2, height,
              width);
}

Image apply_random_crop(Image image, Values size, Rng& rng) {
  require_at_least(image, size, "random_crop");
  const auto height = pixels(size[0]), width = pixels(size[1]);
  const auto place = [&](int64_t room) {
    return static_cast<int64_t>(rng.below(static_cast<uint64_t>(room + 1)));
  };
  const auto top = place(image.height - height);
  const auto left = place(image.width - width);
  return crop(image, top, left, height, width);
}

// A rectangle of random area and aspect, resized. Source: Szegedy et al. 2015,
// arXiv:1409.4842, section 6: 8% to 100% of the area, aspect 3/4 to 4/3.
Image apply_area_crop(Image image, Values values, Rng& rng) {
  constexpr int kAttempts = 10;
  const auto side = pixels(values[0]);
  const auto area = static_cast<double>(image.height * image.width);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const double target = area * rng.uniform(values[1], values[2]);
    const double aspect = std::exp(rng.uniform(std::log(3.0 / 4), std::log(4.0 / 3)));
    const auto width = std::llround(std::sqrt(target * aspect));
    const auto height = std::llround(std::sqrt(target / aspect));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const double top = rng.uniform(), left = rng.uniform();
    const auto place = [](double share, int64_t room) {
      return static_cast<int64_t>(share * static_cast<double>(room + 1));
    };
    return resize(crop(image, place(top, image.height - height),
                       place(left, image.width - width), height, width),
                  side, side);
  }
  const auto square = std::min(image.height, image.width);
  return resize(crop(image, (image.height - square) / 2, (image.width - square) / 2,
                     square, square),
                side, side);
}

Image apply_hflip(Image image, Values probability, Rng& rng) {
  return rng.uniform() < probability[0] ? flip_horizontally(std::move(image)) : image;
}

Image apply_vflip(Image image, Values probability, Rng& rng) {
  return rng.uniform() < probability[0] ? flip_vertically(std::move(image)) : image;
}

Image apply_rotate(Image image, Values degrees, Rng& rng) {
  return rotate(image, rng.uniform(-degrees[0], degrees[0]));
}

Image apply_color_jitter(Image image, Values spread, Rng& rng) {
  const auto factor = [&](size_t i) {
    return static_cast<float>(rng.uniform(std::max(0.0, 1 - spread[i]), 1 + spread[i]));
  };
  const float brightness = factor(0), contrast = factor(1), saturation = factor(2);
  if (spread[0] > 0) image = adjust_brightness(std::move(image), brightness);
  if (spread[1] > 0) image = adjust_contrast(std::move(image), contrast);
  if (spread[2] > 0) image = adjust_saturation(std::move(image), saturation);
  if (spread[3] > 0) {
    const auto turn = rng.uniform(-spread[3], spread[3]);
    image = adjust_hue(std::move(image), static_cast<float>(turn));
  }
  return image;
}

Image apply_affine(Image image, Values values, Rng& rng) {
  const auto between = [&](double limit) { return rng.uniform(-limit, limit); };
  Warp by;
  by.degrees = between(values[0]);
  by.down = between(values[1]) * static_cast<double>(image.height);
  by.right = between(values[1]) * static_cast<double>(image.width);
  by.scale = 1 + between(values[2]);
  by.shear_degrees = between(values[3]);
  return warp(image, by);
}

Image apply_blur(Image image, Values sigma, Rng& rng) {
  return blur(image, rng.uniform(0, sigma[0]));
}

Image apply_noise(Image image, Values sigma, Rng& rng) {
  const double drawn = rng.uniform(0, sigma[0]);
  return add_noise(std::move(image), drawn, rng);
}

Image apply_gamma(Image image, Values power, Rng& rng) {
  const double widest = std::log(power[0]);
  return adjust_gamma(std::move(image),
                      static_cast<float>(std::exp(rng.uniform(-widest, widest))));
}

Image apply_crop_foreground(Image image, Values threshold, Rng&) {
  if (threshold.empty()) return crop_foreground(std::move(image));
  return crop_foreground(std::move(image), static_cast<float>(threshold[0]));
}

Image apply_orient(Image image, Values side, Rng&) {
  return orient(std::move(image), side[0] == 0);
}

Image apply_equalize(Image image, Values, Rng&) { return equalize(std::move(image)); }

Image apply_clahe(Image image, Values values, Rng&) {
  return equalize_locally(std::move(image), values[0], pixels(values[1]));
}

int severity(Values values) { return static_cast<int>(values[0]); }

Image apply_corrupt_noise(Image image, Values values, Rng& rng) {
  return corrupt_by_noise(std::move(image), severity(values), rng);
}

Image apply_corrupt_blur(Image image, Values values, Rng&) {
  return corrupt_by_blur(image, severity(values));
}

Image apply_corrupt_contrast(Image image, Values values, Rng&) {
  return corrupt_by_contrast(std::move(image), severity(values));
}

Image apply_corrupt_jpeg(Image image, Values values, Rng&) {
  return corrupt_by_jpeg(image, severity(values));
}

Image apply_corrupt_brightness(Image image, Values values, Rng&) {
  return corrupt_by_brightness(std::move(image), severity(values));
}

Image apply_corrupt_motion(Image image, Values values, Rng& rng) {
  return corrupt_by_motion(image, severity(values), rng);
}

Image apply_to_gray(Image image, Values, Rng&) { return to_gray(image); }
Image apply_to_rgb(Image image, Values, Rng&) { return to_rgb(std::move(image)); }

Image apply_normalize(Image image, Values range, Rng&) {
  return normalize(std::move(image), static_cast<float>(range[0]),
                   static_cast<float>(range[1]));
}

using enum Arguments;
// name, form, summary, arguments, defaults, required, allowed, random, unit range, apply
constexpr Operation kOperations[] = {
    {"decode",
     "decode",
     "the file's pixels, float32 in [0, 1]; always first",
     kNone,
     {},
     0,
     0,
     false,
     false,
     nullptr},
    {"window",
     "window(auto), window(first), window(CENTER,WIDTH) or window(percentile,1,99)",
     "which values decode maps to 0 and 1, directly behind it; window(auto), DICOM's VOI "
     "LUT or first window, is what decode does alone",
     kWindow,
     {},
     0,
     0,
     false,
     false,
     apply_window},
    {"resize",
     "resize(N) or resize(H,W)",
     "antialiased bilinear, aspect not kept",
     kSize,
     {},
     1,
     2,
     false,
     false,
     apply_resize},
    {"letterbox",
     "letterbox(N) or letterbox(H,W)",
     "fits inside, aspect kept, black around",
     kSize,
     {},
     1,
     2,
     false,
     true,
     apply_letterbox},
    {"crop_foreground",
     "crop_foreground or crop_foreground(T)",
     "the box around the largest thing brighter than T, by default than Otsu's threshold",
     kThreshold,
     {-1},
     0,
     1,
     false,
     true,
     apply_crop_foreground},
    {"orient",
     "orient(left) or orient(right)",
     "flips a mammogram so that its chest wall is on this side",
     kSide,
     {},
     1,
     1,
     false,
     true,
     apply_orient},
    {"center_crop",
     "center_crop(N) or center_crop(H,W)",
     "the middle",
     kSize,
     {},
     1,
     2,
     false,
     false,
     apply_center_crop},
    {"random_crop",
     "random_crop(N) or random_crop(H,W)",
     "a random place",
     kSize,
     {},
     1,
     2,
     true,
     false,
     apply_random_crop},
    {"random_resized_crop",
     "random_resized_crop(N,0.08,1)",
     "a random 8 to 100% of the area, aspect 3/4 to 4/3, resized to N x N",
     kSizeAndArea,
     {0, 0.08, 1},
     1,
     3,
     true,
     false,
     apply_area_crop},
    {"inception_crop",
     "inception_crop(N,0.05,1)",
     "the same from 5% of the area on, as in BiT's pre-training",
     kSizeAndArea,
     {0, 0.05, 1},
     1,
     3,
     true,
     false,
     apply_area_crop},
    {"hflip",
     "hflip(0.5)",
     "left to right, with this probability",
     kProbability,
     {0.5},
     0,
     1,
     true,
     false,
     apply_hflip},
    {"vflip",
     "vflip(0.5)",
     "top to bottom, with this probability",
     kProbability,
     {0.5},
     0,
     1,
     true,
     false,
     apply_vflip},
    {"rotate",
     "rotate(D)",
     "by up to D degrees either way, black corners",
     kDegrees,
     {},
     1,
     1,
     true,
     true,
     apply_rotate},
    {"affine",
     "affine(D,T,S,H)",
     "turned by up to D degrees, moved by up to T of the sides, scaled by 1 - S to 1 + "
     "S, "
     "sheared by up to H degrees, black around",
     kWarp,
     {},
     1,
     4,
     true,
     true,
     apply_affine},
    {"color_jitter",
     "color_jitter(B,C,S,H)",
     "brightness, contrast and saturation times 1 - x to 1 + x (x from 0 to 10), hue "
     "turned by up to H (to 0.5) of the circle, in this order",
     kFactors,
     {},
     1,
     4,
     true,
     true,
     apply_color_jitter},
    {"gamma",
     "gamma(G)",
     "to a random power from 1/G to G, G from 1 to 10",
     kPower,
     {},
     1,
     1,
     true,
     true,
     apply_gamma},
    {"blur",
     "blur(S)",
     "Gaussian of a random standard deviation from 0 to S pixels, S to 64",
     kPixels,
     {},
     1,
     1,
     true,
     false,
     apply_blur},
    {"noise",
     "noise(S)",
     "adds normal noise of a random standard deviation from 0 to S, S to 1",
     kNoise,
     {},
     1,
     1,
     true,
     true,
     apply_noise},
    {"equalize",
     "equalize",
     "histogram equalization on 65,536 levels, each channel by itself",
     kNone,
     {},
     0,
     0,
     false,
     true,
     apply_equalize},
    {"clahe",
     "clahe(C,T)",
     "equalization in T x T tiles, no level counted more than C times the mean; "
     "clahe(2,8) by default",
     kTiles,
     {2, 8},
     0,
     2,
     false,
     true,
     apply_clahe},
    {"corrupt_noise",
     "corrupt_noise(S)",
     "worse by normal noise, at a severity from 0 (none) to 5",
     kSeverity,
     {},
     1,
     1,
     true,
     true,
     apply_corrupt_noise},
    {"corrupt_blur",
     "corrupt_blur(S)",
     "worse by a Gaussian blur, wider for larger pictures",
     kSeverity,
     {},
     1,
     1,
     false,
     true,
     apply_corrupt_blur},
    {"corrupt_contrast",
     "corrupt_contrast(S)",
     "worse by less contrast",
     kSeverity,
     {},
     1,
     1,
     false,
     true,
     apply_corrupt_contrast},
    {"corrupt_jpeg",
     "corrupt_jpeg(S)",
     "worse by JPEG compression",
     kSeverity,
     {},
     1,
     1,
     false,
     true,
     apply_corrupt_jpeg},
    {"corrupt_brightness",
     "corrupt_brightness(S)",
     "worse by too much light",
     kSeverity,
     {},
     1,
     1,
     false,
     true,
     apply_corrupt_brightness},
    {"corrupt_motion",
     "corrupt_motion(S)",
     "worse by motion, at a random angle from -45 to 45 degrees",
     kSeverity,
     {},
     1,
     1,
     true,
     true,
     apply_corrupt_motion},
    {"to_gray",
     "to_gray",
     "one channel (BT.601 luma)",
     kNone,
     {},
     0,
     0,
     false,
     false,
     apply_to_gray},
    {"to_rgb", "to_rgb", "three channels", kNone, {}, 0, 0, false, false, apply_to_rgb},
    {"normalize",
     "normalize(A,B)",
     "maps 0 to A and 1 to B",
     kRange,
     {},
     2,
     2,
     false,
     true,
     apply_normalize},
};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

}  // namespace medgraft::image
