#include "medgraft/evaluation/group_replicates.h"

#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {

using statistics::GroupFigure;
using statistics::kNumGroupFigures;

EligibleGroups eligible_groups(const GroupedLabels& labels,
                               const GroupedAttribute& attribute, int64_t min_group) {
  EligibleGroups out{&attribute, labels.counts(attribute), {}, {}};
  out.of_labels = labels.eligible(out.counts, attribute.num_groups(), min_group);
  out.of_means = out.of_labels;
  labels.restrict_to_means(out.of_means, attribute.num_groups());
  return out;
}

// An attribute's figures: [groups, figures] of the means, then [samples, groups] of ECE.
GroupReplicates::GroupReplicates(const SplitView& view, const GroupedLabels& labels,
                                 std::span<const EligibleGroups> attributes,
                                 const EvaluateOptions& options)
    : labels_(labels),
      attributes_(attributes),
      replicates_(static_cast<size_t>(options.replicates)) {
  for (const auto& eligible : attributes) {
    begin_.push_back(stride_);
    stride_ +=
        eligible.attribute->groups.size() * (kNumGroupFigures + labels.samples().size());
  }
  values_ = statistics::bootstrap(
      view.num_patients, options.replicates, static_cast<int64_t>(stride_), options.seed,
      options.threads, [this](std::span<const double> counts, std::span<double> out) {
        fill(counts, out);
      });
}

void GroupReplicates::fill(std::span<const double> counts, std::span<double> out) const {
  // One label's ranks and counts have intervals in closed form.
  const bool is_single = labels_.samples().size() == 1;
  size_t at = 0;
  for (const auto& eligible : attributes_) {
    auto table = labels_.table(*eligible.attribute);
    for (size_t i = 0; i < table.size(); ++i) {
      table[i].weight *=
          static_cast<float>(counts[static_cast<size_t>(labels_.patients()[i])]);
    }
    const auto groups = eligible.attribute->groups.size();
    const auto figures =
        labels_.figures(table, {.ranking = !is_single, .decisions = !is_single},
                        eligible.attribute->num_groups());
    for (size_t g = 0; g < groups; ++g) {
      for (size_t f = 0; f < kNumGroupFigures; ++f) {
        out[at++] = statistics::mean_figure(figures, eligible.of_means, groups, g,
                                            static_cast<GroupFigure>(f));
      }
    }
    for (const auto& figure : figures) out[at++] = figure[GroupFigure::kEceDebiased];
  }
}

std::vector<double> GroupReplicates::column(size_t place) const {
  std::vector<double> out;
  for (size_t b = 0; b < replicates_; ++b) out.push_back(values_[b * stride_ + place]);
  return out;
}

std::vector<double> GroupReplicates::mean(size_t attribute, size_t group,
                                          GroupFigure figure) const {
  return column(begin_[attribute] + group * kNumGroupFigures +
                static_cast<size_t>(figure));
}

std::vector<double> GroupReplicates::label_ece(size_t attribute, size_t label,
                                               size_t group) const {
  const auto groups = attributes_[attribute].attribute->groups.size();
  return column(begin_[attribute] + groups * kNumGroupFigures + label * groups + group);
}

}  // namespace medgraft::evaluation
