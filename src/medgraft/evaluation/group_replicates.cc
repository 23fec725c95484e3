#include "medgraft/evaluation/group_replicates.h"

#include <algorithm>

#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {

using statistics::GroupFigure;
using statistics::GroupFigures;
using statistics::kNumGroupFigures;

namespace {
constexpr size_t kLanes = statistics::GroupedSample::kLanes;
}

EligibleGroups eligible_groups(const GroupedLabels& labels,
                               const GroupedAttribute& attribute, int64_t min_group) {
  EligibleGroups out{&attribute, labels.counts(attribute), {}, {}};
  out.of_labels = labels.eligible(out.counts, attribute.num_groups(), min_group);
  out.of_means = out.of_labels;
  labels.restrict_to_means(out.of_means, attribute.num_groups());
  return out;
}

int64_t affordable_replicates(int64_t replicates, int64_t visits, int64_t budget) {
  constexpr int64_t kLeast = 500;
  return std::min(replicates, std::max(kLeast, budget / std::max<int64_t>(visits, 1)));
}

// An attribute's figures: [groups, figures] of the means, then [samples, groups] of ECE.
GroupReplicates::GroupReplicates(const SplitView& view, const GroupedLabels& labels,
                                 std::span<const EligibleGroups> attributes,
                                 const EvaluateOptions& options)
    : labels_(labels), attributes_(attributes) {
  constexpr int64_t kBudget = 10'000'000'000;  // Visits of cases.
  const int64_t replicates = affordable_replicates(
      options.replicates, labels.num_visits() * std::ssize(attributes), kBudget);
  replicates_ = static_cast<size_t>(replicates);
  for (const auto& eligible : attributes) {
    begin_.push_back(stride_);
    stride_ +=
        eligible.attribute->groups.size() * (kNumGroupFigures + labels.samples().size());
  }
  values_.resize(replicates_ * stride_);
  const auto blocks = (replicates + int64_t{kLanes} - 1) / int64_t{kLanes};
  statistics::for_each_index(blocks, options.threads, [&](int64_t block) {
    fill(view.num_patients, options.seed, static_cast<size_t>(block) * kLanes);
  });
}

std::vector<uint16_t> draw_rows(const GroupedLabels& labels, int64_t num_patients,
                                uint64_t seed, size_t first) {
  const auto patients = labels.patients();
  std::vector<uint16_t> counts(static_cast<size_t>(num_patients));
  std::vector<uint16_t> weights(patients.size() * kLanes);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    statistics::draw_patients(seed, static_cast<int64_t>(first + lane), counts);
    for (size_t row = 0; row < patients.size(); ++row) {
      weights[row * kLanes + lane] = counts[static_cast<size_t>(patients[row])];
    }
  }
  return weights;
}

std::vector<GroupFigures> figures_of_lanes(const GroupedLabels& labels,
                                           const GroupedAttribute& attribute,
                                           std::span<const uint16_t> weights,
                                           statistics::FigureParts parts) {
  const auto samples = labels.samples();
  const size_t groups = attribute.groups.size();
  std::vector<GroupFigures> out(kLanes * samples.size() * groups);
  std::vector<GroupFigures> of_sample(kLanes * groups);
  for (size_t k = 0; k < samples.size(); ++k) {
    samples[k].figures_of_lanes(attribute.group_of_row, weights, parts, of_sample);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      std::copy_n(&of_sample[lane * groups], groups,
                  &out[(lane * samples.size() + k) * groups]);
    }
  }
  return out;
}

void GroupReplicates::fill(int64_t num_patients, uint64_t seed, size_t first) {
  const auto weights = draw_rows(labels_, num_patients, seed, first);
  const auto samples = labels_.samples();
  // One label's ranks and counts have intervals in closed form.
  const bool is_single = samples.size() == 1;
  const statistics::FigureParts parts{.ranking = !is_single, .decisions = !is_single};
  for (size_t a = 0; a < attributes_.size(); ++a) {
    const auto groups = attributes_[a].attribute->groups.size();
    const auto figures =
        figures_of_lanes(labels_, *attributes_[a].attribute, weights, parts);
    for (size_t lane = 0; lane < kLanes && first + lane < replicates_; ++lane) {
      store(a, first + lane,
            std::span(figures).subspan(lane * samples.size() * groups,
                                       samples.size() * groups));
    }
  }
}

void GroupReplicates::store(size_t attribute, size_t replicate,
                            std::span<const GroupFigures> figures) {
  const auto& eligible = attributes_[attribute];
  const auto groups = eligible.attribute->groups.size();
  auto* out = &values_[replicate * stride_ + begin_[attribute]];
  for (size_t g = 0; g < groups; ++g) {
    for (size_t f = 0; f < kNumGroupFigures; ++f) {
      *out++ = statistics::mean_figure(figures, eligible.of_means, groups, g,
                                       static_cast<GroupFigure>(f));
    }
  }
  for (const auto& figure : figures) *out++ = figure[GroupFigure::kEceDebiased];
}

std::vector<double> GroupReplicates::column(size_t place) const {
  return statistics::values_of_figure(values_, stride_, place);
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
