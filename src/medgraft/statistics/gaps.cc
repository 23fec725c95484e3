#include "medgraft/statistics/gaps.h"

#include <cmath>

namespace medgraft::statistics {
namespace {

double worth(const Gaps& gaps, GapKind kind) {
  return gaps[static_cast<size_t>(kind)].value;
}

// The mean difference of two groups' figure over the samples where both are eligible.
double difference(std::span<const GroupFigures> figures,
                  std::span<const Eligible> eligible, size_t num_groups, size_t a,
                  size_t b, GroupFigure figure) {
  const auto bit = static_cast<size_t>(figure);
  double sum = 0, count = 0;
  for (size_t row = 0; row < figures.size(); row += num_groups) {
    if (!eligible[row + a][bit] || !eligible[row + b][bit]) continue;
    const double own = figures[row + a][figure] - figures[row + b][figure];
    if (std::isnan(own)) continue;
    sum += own;
    ++count;
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

Gap largest_gap(std::span<const GroupFigures> figures, std::span<const Eligible> eligible,
                size_t num_groups, GroupFigure figure) {
  Gap out;
  for (size_t a = 0; a < num_groups; ++a) {
    for (size_t b = a + 1; b < num_groups; ++b) {
      const double own = difference(figures, eligible, num_groups, a, b, figure);
      if (std::isnan(own) || std::abs(own) <= out.value) continue;
      out.value = std::abs(own);
      out.high = static_cast<int32_t>(own >= 0 ? a : b);
      out.low = static_cast<int32_t>(own >= 0 ? b : a);
    }
  }
  return out;
}

Gap worst_group(std::span<const GroupFigures> figures, std::span<const Eligible> eligible,
                size_t num_groups) {
  Gap out;
  for (size_t g = 0; g < num_groups; ++g) {
    const double own = mean_figure(figures, eligible, num_groups, g, GroupFigure::kAuroc);
    if (std::isnan(own) || own >= out.value) continue;
    out.value = own;
    out.low = static_cast<int32_t>(g);
  }
  return out;
}

}  // namespace

Gaps largest_gaps(std::span<const GroupFigures> figures,
                  std::span<const Eligible> eligible, size_t num_groups) {
  Gaps out;
  const auto set = [&](GapKind kind, GroupFigure figure) {
    out[static_cast<size_t>(kind)] = largest_gap(figures, eligible, num_groups, figure);
  };
  set(GapKind::kAuroc, GroupFigure::kAuroc);
  set(GapKind::kTpr, GroupFigure::kTpr);
  set(GapKind::kFpr, GroupFigure::kFpr);
  set(GapKind::kPpv, GroupFigure::kPpv);
  set(GapKind::kEce, GroupFigure::kEceDebiased);
  set(GapKind::kDemographicParity, GroupFigure::kSelectionRate);
  const double tpr = worth(out, GapKind::kTpr), fpr = worth(out, GapKind::kFpr);
  if (!std::isnan(tpr) && !std::isnan(fpr)) {
    out[static_cast<size_t>(GapKind::kEqualizedOdds)] =
        out[static_cast<size_t>(tpr >= fpr ? GapKind::kTpr : GapKind::kFpr)];
  }
  out[static_cast<size_t>(GapKind::kWorstGroup)] =
      worst_group(figures, eligible, num_groups);
  return out;
}

}  // namespace medgraft::statistics
