#include "medgraft/evaluation/grouped_labels.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace medgraft::evaluation {
namespace {

using statistics::Eligible;
using statistics::GroupFigure;
using statistics::GroupFigures;

bool is_no_finding(const std::string& name) {
  std::string letters;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter)) letters += static_cast<char>(std::tolower(letter));
  }
  return letters == "nofinding" || letters == "nofindings";
}

size_t most_probable(std::span<const double> probabilities) {
  return static_cast<size_t>(
      std::max_element(probabilities.begin(), probabilities.end()) -
      probabilities.begin());
}

// A case of the view.
struct Case {
  size_t row;
  int64_t patient;

  void append_to(LabelCases& to, double p, bool positive, bool predicted) const {
    to.column.add(p, positive, patient);
    to.predicted.push_back(predicted);
    to.rows.push_back(static_cast<int32_t>(row));
  }
};

}  // namespace

GroupedLabels::GroupedLabels(const SplitView& view)
    : patients_(view.patient_index.begin(), view.patient_index.end()) {
  const auto& predictions = *view.predictions;
  const auto columns = static_cast<size_t>(predictions.num_columns());
  labels_.resize(columns);
  for (size_t k = 0; k < columns; ++k) {
    labels_[k].name = predictions.names[k];
    if (is_no_finding(labels_[k].name)) no_finding_ = k;
  }
  LabelCases top;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const auto p = std::span(predictions.probabilities).subspan(row * columns, columns);
    const Case own{i, view.patient_index[i]};
    if (predictions.multiclass) {
      const double label = predictions.labels[row];
      if (std::isnan(label)) continue;
      const auto best = most_probable(p), actual = static_cast<size_t>(label);
      for (size_t k = 0; k < columns; ++k) {
        own.append_to(labels_[k], p[k], k == actual, k == best);
      }
      own.append_to(top, p[best], best == actual, true);
      continue;
    }
    for (size_t k = 0; k < columns; ++k) {
      const double label = predictions.labels[row * columns + k];
      if (std::isnan(label) || label < 0) continue;
      const double threshold = k < view.thresholds.size() ? view.thresholds[k] : 0.5;
      own.append_to(labels_[k], p[k], label > 0.5, p[k] >= threshold);
    }
  }
  const auto add = [&](const LabelCases& cases) {
    samples_.emplace_back(cases.column.probabilities, cases.column.labels,
                          cases.predicted, cases.rows);
  };
  for (const auto& cases : labels_) add(cases);
  if (predictions.multiclass) add(top);
}

int64_t GroupedLabels::num_visits() const {
  int64_t visits = 0;
  for (const auto& sample : samples_) visits += static_cast<int64_t>(sample.size());
  return visits;
}

std::vector<statistics::GroupedRow> GroupedLabels::table(
    const GroupedAttribute& attribute) const {
  std::vector<statistics::GroupedRow> out;
  for (const int32_t group : attribute.group_of_row) {
    out.push_back({std::max(group, 0), group < 0 ? 0.0F : 1.0F});
  }
  return out;
}

std::vector<statistics::GroupCounts> GroupedLabels::counts(
    const GroupedAttribute& attribute) const {
  const auto rows = table(attribute);
  std::vector<statistics::GroupCounts> out;
  for (const auto& sample : samples_) {
    const auto own = sample.counts(rows, patients_, attribute.num_groups());
    out.insert(out.end(), own.begin(), own.end());
  }
  return out;
}

std::vector<Eligible> GroupedLabels::eligible(
    std::span<const statistics::GroupCounts> counts, int32_t num_groups,
    int64_t min_group) const {
  const auto groups = static_cast<size_t>(num_groups);
  std::vector<Eligible> out;
  for (size_t k = 0; k < samples_.size(); ++k) {
    for (size_t g = 0; g < groups; ++g) {
      out.push_back(
          statistics::eligible_figures(counts.subspan(k * groups, groups), g, min_group));
    }
  }
  return out;
}

void GroupedLabels::restrict_to_means(std::span<Eligible> eligible,
                                      int32_t num_groups) const {
  const auto groups = static_cast<size_t>(num_groups);
  const auto bit = [](GroupFigure figure) { return static_cast<size_t>(figure); };
  for (size_t at = 0; at < eligible.size(); ++at) {
    const size_t label = at / groups;
    if (label == no_finding_ && labels_.size() > 1) {
      eligible[at].reset(bit(GroupFigure::kUnderDiagnosis));
    }
    if (!is_multiclass()) continue;
    const bool calibrated = eligible[at][bit(GroupFigure::kEceDebiased)];
    for (const auto figure : {GroupFigure::kPrevalence, GroupFigure::kSelectionRate,
                              GroupFigure::kEceDebiased}) {
      eligible[at].reset(bit(figure));
    }
    if (label < labels_.size()) continue;
    eligible[at].reset();
    eligible[at][bit(GroupFigure::kEceDebiased)] = calibrated;
  }
}

std::vector<GroupFigures> GroupedLabels::figures(
    std::span<const statistics::GroupedRow> table, statistics::FigureParts parts,
    int32_t num_groups) const {
  const auto groups = static_cast<size_t>(num_groups);
  std::vector<GroupFigures> out(samples_.size() * groups);
  for (size_t k = 0; k < samples_.size(); ++k) {
    samples_[k].figures(table, parts, std::span(out).subspan(k * groups, groups));
  }
  return out;
}

}  // namespace medgraft::evaluation
