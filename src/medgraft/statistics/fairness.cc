#include "medgraft/statistics/fairness.h"

#include <algorithm>
#include <numeric>

#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/replicate_scores.h"

namespace medgraft::statistics {
namespace {

double ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator
                         : std::numeric_limits<double>::quiet_NaN();
}

template <size_t L>
using Lane = std::array<double, L>;

// Sums of a group, in each lane, while cases are passed from the lowest probability to
// the highest. Wins are counted twice, before and after the cases of a tie, so that ties
// count 1/2.
template <size_t L>
struct GroupSums {
  Lane<L> positives{}, negatives{};
  Lane<L> wins{};                   // Own positives over own negatives.
  Lane<L> positives_over{};         // Own positives over anybody's negatives.
  Lane<L> positives_below{};        // Anybody's positives below own negatives.
  std::array<Lane<L>, 4> counts{};  // [label, prediction]
  struct Bin {
    Lane<L> weight{}, probability{}, label{};
  };
  std::array<Bin, kCalibrationBins> bins{};
};

template <size_t L>
struct Sums {
  std::vector<GroupSums<L>> groups;
  Lane<L> positives{}, negatives{};
};

template <size_t L>
void add(Lane<L>& to, const Lane<L>& what) {
  for (size_t l = 0; l < L; ++l) to[l] += what[l];
}

template <size_t L>
void add_product(Lane<L>& to, const Lane<L>& a, const Lane<L>& b) {
  for (size_t l = 0; l < L; ++l) to[l] += a[l] * b[l];
}

// A case against what has been passed.
template <size_t L>
void score(Sums<L>& sums, GroupSums<L>& group, bool positive, const Lane<L>& weight) {
  if (positive) {
    add_product(group.wins, weight, group.negatives);
    add_product(group.positives_over, weight, sums.negatives);
  } else {
    add_product(group.positives_below, weight, sums.positives);
  }
}

template <size_t L>
void pass(Sums<L>& sums, GroupSums<L>& group, bool positive, const Lane<L>& weight) {
  add(positive ? group.positives : group.negatives, weight);
  add(positive ? sums.positives : sums.negatives, weight);
}

template <size_t L>
void finish_ranking(const Sums<L>& sums, size_t g, size_t l, GroupFigures& out) {
  const auto& group = sums.groups[g];
  const double positives = group.positives[l], negatives = group.negatives[l];
  const double wins = group.wins[l] / 2;
  const double over_background = group.positives_over[l] / 2 - wins;
  const double below_background =
      negatives * sums.positives[l] - group.positives_below[l] / 2 - wins;
  out[GroupFigure::kAuroc] = ratio(wins, positives * negatives);
  out[GroupFigure::kBpsnAuroc] =
      ratio(below_background, negatives * (sums.positives[l] - positives));
  out[GroupFigure::kBnspAuroc] =
      ratio(over_background, positives * (sums.negatives[l] - negatives));
}

template <size_t L>
void finish_decisions(const GroupSums<L>& group, size_t l, GroupFigures& out) {
  const double true_negative = group.counts[0][l], false_positive = group.counts[1][l];
  const double false_negative = group.counts[2][l], true_positive = group.counts[3][l];
  const double positives = true_positive + false_negative;
  const double negatives = true_negative + false_positive;
  const double predicted = true_positive + false_positive;
  out[GroupFigure::kPrevalence] = ratio(positives, positives + negatives);
  out[GroupFigure::kSelectionRate] = ratio(predicted, positives + negatives);
  out[GroupFigure::kTpr] = ratio(true_positive, positives);
  out[GroupFigure::kFpr] = ratio(false_positive, negatives);
  out[GroupFigure::kPpv] = ratio(true_positive, predicted);
  out[GroupFigure::kUnderDiagnosis] = ratio(false_negative, positives);
}

template <size_t L>
void finish_calibration(const GroupSums<L>& group, size_t l, GroupFigures& out) {
  std::array<CalibrationBin, kCalibrationBins> bins;
  for (size_t b = 0; b < kCalibrationBins; ++b) {
    bins[b] = {group.bins[b].weight[l], group.bins[b].probability[l],
               group.bins[b].label[l]};
  }
  out[GroupFigure::kEceDebiased] = debiased_calibration_error(bins);
}

// Cases of one group of one grouping, counted while they are passed as GroupSums' are.
struct GroupTally {
  uint64_t wins = 0;
  uint32_t positives = 0, negatives = 0;
  std::array<uint32_t, 4> counts{};
  struct Bin {
    uint32_t weight = 0, label = 0;
    double probability = 0;
  };
  std::array<Bin, kCalibrationBins> bins{};

  GroupFigures figures(FigureParts parts) const;
};

GroupFigures GroupTally::figures(FigureParts parts) const {
  const auto number = [](auto count) { return static_cast<double>(count); };
  GroupFigures out;
  GroupSums<1> sums;
  for (size_t c = 0; c < counts.size(); ++c) sums.counts[c] = {number(counts[c])};
  for (size_t b = 0; b < bins.size(); ++b) {
    const auto& [weight, label, probability] = bins[b];
    sums.bins[b] = {{number(weight)}, {probability}, {number(label)}};
  }
  if (parts.ranking) {
    out[GroupFigure::kAuroc] =
        ratio(number(wins) / 2, number(positives) * number(negatives));
  }
  if (parts.decisions) finish_decisions(sums, 0, out);
  if (parts.calibration) finish_calibration(sums, 0, out);
  return out;
}

// Rows with one weight each.
struct OneTable {
  std::span<const GroupedRow> rows;
  int32_t group(size_t row) const { return rows[row].group; }
  Lane<1> weight(size_t row) const { return {double{rows[row].weight}}; }
};

// Rows with a weight a lane.
template <size_t L>
struct LaneTable {
  std::span<const int32_t> groups;
  std::span<const uint16_t> weights;
  int32_t group(size_t row) const { return groups[row]; }
  Lane<L> weight(size_t row) const {
    Lane<L> out;
    for (size_t l = 0; l < L; ++l) out[l] = weights[row * L + l];
    return out;
  }
};

}  // namespace

GroupedSample::GroupedSample(std::span<const double> probabilities,
                             std::span<const double> labels,
                             std::span<const uint8_t> predicted,
                             std::span<const int32_t> rows) {
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return probabilities[a] < probabilities[b]; });
  cases_.reserve(order.size());
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t i = order[place];
    const double p = probabilities[i];
    const bool ends_tie =
        place + 1 == order.size() || probabilities[order[place + 1]] != p;
    const auto bin = calibration_bin(p);
    cases_.push_back(
        {rows[i], labels[i] > 0.5, predicted[i], static_cast<uint8_t>(bin), ends_tie});
    probabilities_.push_back(p);
  }
}

template <size_t L, class Table>
void GroupedSample::accumulate(const Table& table, FigureParts parts,
                               std::span<GroupFigures> out) const {
  const size_t num_groups = out.size() / L;
  Sums<L> sums{std::vector<GroupSums<L>>(num_groups)};
  const auto visit = [&](size_t i, const auto& work) {
    const auto row = static_cast<size_t>(cases_[i].row);
    const int32_t g = table.group(row);
    if (g < 0) return;
    work(sums.groups[static_cast<size_t>(g)], table.weight(row));
  };
  for (size_t first = 0, last = 0; first < cases_.size(); first = last) {
    while (!cases_[last++].ends_tie) {
    }
    const bool is_tie = last - first > 1;
    for (size_t i = first; i < last; ++i) {
      const auto& item = cases_[i];
      visit(i, [&](GroupSums<L>& group, const Lane<L>& weight) {
        if (parts.ranking && is_tie) score(sums, group, item.positive, weight);
        if (parts.ranking && !is_tie) {
          Lane<L> twice = weight;
          add(twice, weight);
          score(sums, group, item.positive, twice);
          pass(sums, group, item.positive, weight);
        }
        if (parts.decisions)
          add(group.counts[2U * item.positive + item.predicted], weight);
        if (!parts.calibration) return;
        auto& bin = group.bins[item.bin];
        add(bin.weight, weight);
        for (size_t l = 0; l < L; ++l)
          bin.probability[l] += weight[l] * probabilities_[i];
        if (item.positive) add(bin.label, weight);
      });
    }
    if (!parts.ranking || !is_tie) continue;
    for (size_t i = first; i < last; ++i) {
      visit(i, [&](auto& group, const auto& weight) {
        pass(sums, group, cases_[i].positive, weight);
      });
    }
    for (size_t i = first; i < last; ++i) {
      visit(i, [&](auto& group, const auto& weight) {
        score(sums, group, cases_[i].positive, weight);
      });
    }
  }
  for (size_t l = 0; l < L; ++l) {
    for (size_t g = 0; g < num_groups; ++g) {
      auto& figures = out[l * num_groups + g] = GroupFigures();
      if (parts.ranking) finish_ranking(sums, g, l, figures);
      if (parts.decisions) finish_decisions(sums.groups[g], l, figures);
      if (parts.calibration) finish_calibration(sums.groups[g], l, figures);
    }
  }
}

void GroupedSample::figures(std::span<const GroupedRow> table, FigureParts parts,
                            std::span<GroupFigures> out) const {
  accumulate<1>(OneTable{table}, parts, out);
}

void GroupedSample::figures_of_lanes(std::span<const int32_t> groups,
                                     std::span<const uint16_t> weights, FigureParts parts,
                                     std::span<GroupFigures> out) const {
  if (is_supported(InstructionSet::kAvx2)) {
    figures_of_wide_lanes(groups, weights, parts, out);
  } else {
    accumulate<kLanes>(LaneTable<kLanes>{groups, weights}, parts, out);
  }
}

// The same bits: lanes never mix, and nothing is contracted.
#if defined(__x86_64__)
[[gnu::target("avx2"), gnu::flatten]]
#endif
void GroupedSample::figures_of_wide_lanes(std::span<const int32_t> groups,
                                          std::span<const uint16_t> weights,
                                          FigureParts parts,
                                          std::span<GroupFigures> out) const {
  accumulate<kLanes>(LaneTable<kLanes>{groups, weights}, parts, out);
}

void GroupedSample::figures_of_groupings(std::span<const uint16_t> groups,
                                         size_t num_groups, FigureParts parts,
                                         std::span<GroupFigures> out) const {
  const size_t stride = num_groups + 1;  // The last is of rows in no group.
  std::vector<GroupTally> tallies(kLanes * stride);
  const auto visit = [&](size_t i, const auto& work) {
    const uint16_t* own = &groups[static_cast<size_t>(cases_[i].row) * kLanes];
    for (size_t l = 0; l < kLanes; ++l) work(tallies[l * stride + own[l]]);
  };
  const auto pass = [&](size_t i) {
    if (cases_[i].positive) {
      visit(i, [](GroupTally& group) { ++group.positives; });
    } else {
      visit(i, [](GroupTally& group) { ++group.negatives; });
    }
  };
  const auto score = [&](size_t i, uint64_t times) {
    if (!cases_[i].positive) return;
    visit(i, [&](GroupTally& group) { group.wins += times * group.negatives; });
  };
  for (size_t first = 0, last = 0; first < cases_.size() && parts.ranking; first = last) {
    while (!cases_[last++].ends_tie) {
    }
    if (last - first == 1) {
      score(first, 2);
      pass(first);
      continue;
    }
    for (size_t i = first; i < last; ++i) score(i, 1);
    for (size_t i = first; i < last; ++i) pass(i);
    for (size_t i = first; i < last; ++i) score(i, 1);
  }
  for (size_t i = 0; i < cases_.size() && parts.decisions; ++i) {
    const size_t outcome = 2U * cases_[i].positive + cases_[i].predicted;
    visit(i, [&](GroupTally& group) { ++group.counts[outcome]; });
  }
  for (size_t i = 0; i < cases_.size() && parts.calibration; ++i) {
    const double p = probabilities_[i];
    const auto& item = cases_[i];
    visit(i, [&](GroupTally& group) {
      auto& bin = group.bins[item.bin];
      ++bin.weight;
      bin.label += item.positive;
      bin.probability += p;
    });
  }
  for (size_t l = 0; l < kLanes; ++l) {
    for (size_t g = 0; g < num_groups; ++g) {
      out[l * num_groups + g] = tallies[l * stride + g].figures(parts);
    }
  }
}

std::vector<GroupCounts> GroupedSample::counts(std::span<const GroupedRow> table,
                                               std::span<const int32_t> patients,
                                               int32_t num_groups) const {
  std::vector<GroupCounts> out(static_cast<size_t>(num_groups));
  struct Seen {
    int32_t group, patient;
    uint8_t positive, predicted;
    auto operator<=>(const Seen&) const = default;
  };
  std::vector<Seen> seen;
  for (const auto& item : cases_) {
    const auto row = static_cast<size_t>(item.row);
    if (table[row].weight == 0) continue;
    seen.push_back({table[row].group, patients[row], item.positive, item.predicted});
    auto& group = out[static_cast<size_t>(table[row].group)];
    ++group.cases;
    ++(item.positive ? group.positives : group.negatives);
    group.predicted += item.predicted;
  }
  std::sort(seen.begin(), seen.end());
  for (size_t first = 0; first < seen.size();) {
    bool positive = false, negative = false, predicted = false;
    const auto group = seen[first].group;
    const auto patient = seen[first].patient;
    for (; first < seen.size() && seen[first].group == group &&
           seen[first].patient == patient;
         ++first) {
      (seen[first].positive ? positive : negative) = true;
      predicted = predicted || seen[first].predicted;
    }
    auto& counts = out[static_cast<size_t>(group)];
    ++counts.patients;
    counts.positive_patients += positive;
    counts.negative_patients += negative;
    counts.predicted_patients += predicted;
  }
  return out;
}

std::vector<uint8_t> GroupedSample::outcomes(size_t num_rows) const {
  std::vector<uint8_t> out(num_rows, 0);
  for (const auto& item : cases_) {
    out[static_cast<size_t>(item.row)] =
        static_cast<uint8_t>((item.positive ? 1 : 2) | (item.predicted ? 4 : 8));
  }
  return out;
}

Eligible eligible_figures(std::span<const GroupCounts> counts, size_t group,
                          int64_t min_group) {
  GroupCounts background;
  for (size_t g = 0; g < counts.size(); ++g) {
    if (g == group) continue;
    background.positive_patients += counts[g].positive_patients;
    background.negative_patients += counts[g].negative_patients;
  }
  const auto& own = counts[group];
  const auto enough = [&](int64_t patients) { return patients >= min_group; };
  Eligible out;
  const auto set = [&](GroupFigure figure, bool is_eligible) {
    out[static_cast<size_t>(figure)] = is_eligible;
  };
  const bool positives = enough(own.positive_patients);
  const bool negatives = enough(own.negative_patients);
  set(GroupFigure::kAuroc, positives && negatives);
  set(GroupFigure::kBpsnAuroc, negatives && enough(background.positive_patients));
  set(GroupFigure::kBnspAuroc, positives && enough(background.negative_patients));
  set(GroupFigure::kPrevalence, enough(own.patients));
  set(GroupFigure::kSelectionRate, enough(own.patients));
  set(GroupFigure::kTpr, positives);
  set(GroupFigure::kFpr, negatives);
  set(GroupFigure::kPpv, enough(own.predicted_patients));
  set(GroupFigure::kUnderDiagnosis, positives);
  set(GroupFigure::kEceDebiased, enough(own.patients));
  return out;
}

double mean_figure(std::span<const GroupFigures> figures,
                   std::span<const Eligible> eligible, size_t num_groups, size_t group,
                   GroupFigure figure) {
  double sum = 0, count = 0;
  for (size_t at = group; at < figures.size(); at += num_groups) {
    const double value = figures[at][figure];
    if (!eligible[at][static_cast<size_t>(figure)] || value != value) continue;
    sum += value;
    ++count;
  }
  return ratio(sum, count);
}

}  // namespace medgraft::statistics
