#include "medgraft/statistics/fairness.h"

#include <algorithm>
#include <numeric>

#include "medgraft/statistics/debiased_ece.h"

namespace medgraft::statistics {
namespace {

constexpr size_t kBins = 15;

double ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator
                         : std::numeric_limits<double>::quiet_NaN();
}

// A group's sums while cases are passed from the lowest probability to the highest.
// Wins are counted twice, before and after the cases of a tie, so that ties count 1/2.
struct Ranks {
  double positives = 0, negatives = 0;
  double wins = 0;             // Own positives over own negatives.
  double positives_over = 0;   // Own positives over anybody's negatives.
  double positives_below = 0;  // Anybody's positives below own negatives.
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
    const auto bin = std::min(kBins - 1, static_cast<size_t>(p * kBins));
    cases_.push_back(
        {rows[i], labels[i] > 0.5, predicted[i], static_cast<uint8_t>(bin), ends_tie});
    probabilities_.push_back(p);
  }
}

void GroupedSample::figures(std::span<const GroupedRow> table, FigureParts parts,
                            std::span<GroupFigures> out) const {
  std::fill(out.begin(), out.end(), GroupFigures());
  if (parts.ranking) rank(table, out);
  if (parts.decisions) count(table, out);
  if (parts.calibration) calibrate(table, out);
}

void GroupedSample::rank(std::span<const GroupedRow> table,
                         std::span<GroupFigures> out) const {
  std::vector<Ranks> groups(out.size());
  double positives = 0, negatives = 0;
  const auto score = [&](const Case& item) {
    const auto [g, weight] = table[static_cast<size_t>(item.row)];
    auto& group = groups[static_cast<size_t>(g)];
    if (item.positive) {
      group.wins += weight * group.negatives;
      group.positives_over += weight * negatives;
    } else {
      group.positives_below += weight * positives;
    }
  };
  const auto pass = [&](const Case& item) {
    const auto [g, weight] = table[static_cast<size_t>(item.row)];
    auto& group = groups[static_cast<size_t>(g)];
    (item.positive ? group.positives : group.negatives) += weight;
    (item.positive ? positives : negatives) += weight;
  };
  for (auto first = cases_.begin(); first != cases_.end();) {
    auto last = first;
    while (!last->ends_tie) ++last;
    ++last;
    std::for_each(first, last, score);
    std::for_each(first, last, pass);
    std::for_each(first, last, score);
    first = last;
  }
  for (size_t g = 0; g < out.size(); ++g) {
    const auto& group = groups[g];
    const double wins = group.wins / 2;
    const double over_background = group.positives_over / 2 - wins;
    const double below_background =
        group.negatives * positives - group.positives_below / 2 - wins;
    out[g][GroupFigure::kAuroc] = ratio(wins, group.positives * group.negatives);
    out[g][GroupFigure::kBpsnAuroc] =
        ratio(below_background, group.negatives * (positives - group.positives));
    out[g][GroupFigure::kBnspAuroc] =
        ratio(over_background, group.positives * (negatives - group.negatives));
  }
}

void GroupedSample::count(std::span<const GroupedRow> table,
                          std::span<GroupFigures> out) const {
  // [groups, label, prediction]
  std::vector<std::array<double, 4>> counts(out.size(), {0, 0, 0, 0});
  for (const auto& item : cases_) {
    const auto [g, weight] = table[static_cast<size_t>(item.row)];
    counts[static_cast<size_t>(g)][2U * item.positive + item.predicted] += weight;
  }
  for (size_t g = 0; g < out.size(); ++g) {
    const auto [true_negative, false_positive, false_negative, true_positive] = counts[g];
    const double positives = true_positive + false_negative;
    const double negatives = true_negative + false_positive;
    const double predicted = true_positive + false_positive;
    out[g][GroupFigure::kPrevalence] = ratio(positives, positives + negatives);
    out[g][GroupFigure::kSelectionRate] = ratio(predicted, positives + negatives);
    out[g][GroupFigure::kTpr] = ratio(true_positive, positives);
    out[g][GroupFigure::kFpr] = ratio(false_positive, negatives);
    out[g][GroupFigure::kPpv] = ratio(true_positive, predicted);
    out[g][GroupFigure::kUnderDiagnosis] = ratio(false_negative, positives);
  }
}

void GroupedSample::calibrate(std::span<const GroupedRow> table,
                              std::span<GroupFigures> out) const {
  std::vector<CalibrationBin> bins(out.size() * kBins);
  for (size_t i = 0; i < cases_.size(); ++i) {
    const auto& item = cases_[i];
    const auto [g, weight] = table[static_cast<size_t>(item.row)];
    auto& bin = bins[static_cast<size_t>(g) * kBins + item.bin];
    bin.weight += weight;
    bin.probability += weight * probabilities_[i];
    bin.label += item.positive ? weight : 0;
  }
  for (size_t g = 0; g < out.size(); ++g) {
    out[g][GroupFigure::kEceDebiased] =
        debiased_ece(std::span(bins).subspan(g * kBins, kBins));
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
    const auto [group, patient, _, __] = seen[first];
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
