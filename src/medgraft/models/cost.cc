#include "medgraft/models/cost.h"

#include "medgraft/base/error.h"
#include "medgraft/models/bit.h"

namespace medgraft::models {
namespace {

constexpr int64_t kMinimumResolution = 32;
constexpr int64_t kFloatBytes = 4;

// A convolution with the stride and "same" padding of this family.
int64_t strided(int64_t side, int64_t stride) { return (side + stride - 1) / stride; }

class Counter {
 public:
  int64_t convolve(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    multiply_adds += in * out * kernel * kernel * side * side;
    keep(out, side);
    return out;
  }
  // The input of a norm and its activated output are both kept.
  void keep(int64_t channels, int64_t side) { values += channels * side * side; }

  int64_t multiply_adds = 0, values = 0;
};

}  // namespace

Cost count_cost(const Architecture& architecture, int64_t num_classes,
                int64_t resolution) {
  require(resolution >= kMinimumResolution, "--resolution is ", resolution, "; at least ",
          kMinimumResolution, " is accepted");
  Cost cost;
  for (const auto& parameter : parameter_shapes(architecture, num_classes)) {
    (parameter.name.starts_with("head.") ? cost.head_parameters
                                         : cost.backbone_parameters) +=
        parameter.num_elements();
  }
  Counter counter;
  int64_t side = strided(resolution, 2);
  int64_t in = architecture.stem_channels();
  counter.convolve(3, in, 7, side);
  side = (side + 2 - 3) / 2 + 1;  // Pool of 3 by stride 2 after a padding of 1.
  counter.keep(in, side);
  for (int64_t block = 0; block < 4; ++block) {
    const int64_t middle = architecture.middle_channels(block);
    for (int64_t unit = 0; unit < architecture.units[static_cast<size_t>(block)];
         ++unit) {
      const int64_t out_side = block > 0 && unit == 0 ? strided(side, 2) : side;
      counter.keep(in, side);
      counter.convolve(in, middle, 1, side);
      counter.keep(middle, side);
      counter.convolve(middle, middle, 3, out_side);
      counter.keep(middle, out_side);
      if (unit == 0) counter.convolve(in, 4 * middle, 1, out_side);
      counter.convolve(middle, 4 * middle, 1, out_side);
      in = 4 * middle;
      side = out_side;
    }
  }
  counter.keep(in, side);
  cost.multiply_adds = counter.multiply_adds + in * num_classes;
  cost.activation_bytes = counter.values * kFloatBytes;
  return cost;
}

int64_t training_bytes(const Cost& cost, int64_t micro_batch) {
  constexpr int64_t kCopies = 4;  // Weights, standardized weights, gradient, momentum.
  return kCopies * kFloatBytes * cost.parameters() + micro_batch * cost.activation_bytes;
}

}  // namespace medgraft::models
