#include "medgraft/evaluation/resample_scores.h"

#include <algorithm>
#include <optional>

#include "medgraft/base/error.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/replicate_scores.h"

namespace medgraft::evaluation {

using statistics::kLanes;

namespace {

bool is_wanted(const std::vector<Metric>& metrics, Metric metric) {
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

statistics::LanePasses passes_for(const std::vector<Metric>& metrics) {
  const auto is_ranking = [](Metric metric) {
    return metric == Metric::kAuroc || metric == Metric::kAuprc ||
           metric == Metric::kEceAdaptive;
  };
  return {.auroc = is_wanted(metrics, Metric::kAuroc),
          .auprc = is_wanted(metrics, Metric::kAuprc),
          .ece_adaptive = is_wanted(metrics, Metric::kEceAdaptive),
          .sums = !std::all_of(metrics.begin(), metrics.end(), is_ranking)};
}

double figure(const statistics::LaneScores& scores, Metric metric, size_t lane) {
  switch (metric) {
    case Metric::kAuroc:
      return scores.auroc[lane];
    case Metric::kAuprc:
      return scores.auprc[lane];
    case Metric::kNll:
      return scores.nll[lane];
    case Metric::kBrier:
      return scores.brier[lane];
    case Metric::kEce:
      return scores.ece[lane];
    case Metric::kEceAdaptive:
      return scores.ece_adaptive[lane];
    case Metric::kEceDebiased:
      return scores.ece_debiased[lane];
    default:
      return score_confusion(metric, scores.confusion(lane));
  }
}

}  // namespace

/// A Scorer's samples laid out for kLanes weightings at a time.
class LaneScorer {
 public:
  LaneScorer(const Scorer& scorer, const std::vector<Metric>& metrics)
      : metrics_(metrics), passes_(passes_for(metrics)) {
    for (const auto& [sample, patients, threshold] : scorer.samples_) {
      samples_.emplace_back(sample, patients, threshold);
    }
    if (!scorer.multiclass_) return;
    top_.emplace(scorer.top_->sample, scorer.top_->patients, scorer.top_->threshold);
    classes_.emplace(scorer.predicted_, scorer.actual_, scorer.squared_errors_,
                     scorer.losses_, scorer.top_->patients, scorer.num_labels());
  }

  /// @param out of the weighting in lane 0, [metrics][1 + labels]; of the next lane
  /// `stride` further.
  void score(const statistics::LaneCounts& counts, size_t lanes, double* out,
             size_t stride) const {
    std::vector<statistics::LaneScores> labels;
    for (const auto& sample : samples_) labels.push_back(sample.score(counts, passes_));
    const size_t shown = labels.size() == 1 ? 0 : labels.size();
    std::vector<double> values(labels.size());
    for (size_t lane = 0; lane < lanes; ++lane) {
      double* at = out + lane * stride;
      for (const auto metric : metrics_) {
        for (size_t k = 0; k < labels.size(); ++k) {
          values[k] = figure(labels[k], metric, lane);
        }
        *at++ = mean_of_defined(values);
        at = std::copy_n(values.begin(), shown, at);
      }
    }
    if (classes_) score_most_probable(counts, lanes, out, stride);
  }

 private:
  // The aggregates of several classes that are not means over classes against the rest.
  void score_most_probable(const statistics::LaneCounts& counts, size_t lanes,
                           double* out, size_t stride) const {
    const auto top = top_->score(counts, {.auroc = false,
                                          .auprc = false,
                                          .ece_adaptive = passes_.ece_adaptive,
                                          .sums = passes_.sums});
    const auto scores = classes_->score(counts);
    const size_t shown = samples_.size() == 1 ? 0 : samples_.size();
    for (size_t lane = 0; lane < lanes; ++lane) {
      const auto classes = confusions(scores, lane);
      for (size_t m = 0; m < metrics_.size(); ++m) {
        if (metrics_[m] == Metric::kAuroc || metrics_[m] == Metric::kAuprc) continue;
        out[lane * stride + m * (1 + shown)] =
            aggregate(metrics_[m], top, scores, classes, lane);
      }
    }
  }

  static std::vector<statistics::Confusion> confusions(
      const statistics::LaneClassScores& scores, size_t lane) {
    std::vector<statistics::Confusion> out;
    for (size_t k = 0; k < scores.actual.size(); ++k) {
      const double right = scores.right[k][lane], actual = scores.actual[k][lane],
                   predicted = scores.predicted[k][lane];
      out.push_back({right, predicted - right,
                     scores.total[lane] - actual - predicted + right, actual - right});
    }
    return out;
  }

  static double aggregate(Metric metric, const statistics::LaneScores& top,
                          const statistics::LaneClassScores& scores,
                          const std::vector<statistics::Confusion>& classes,
                          size_t lane) {
    switch (metric) {
      case Metric::kAccuracy:
        return scores.accuracy[lane];
      case Metric::kBrier:
        return scores.brier[lane];
      case Metric::kNll:
        return scores.nll[lane];
      case Metric::kEce:
      case Metric::kEceAdaptive:
      case Metric::kEceDebiased:
        return figure(top, metric, lane);
      default:
        return score_classes(metric, classes);
    }
  }

  const std::vector<Metric>& metrics_;
  statistics::LanePasses passes_;
  std::vector<statistics::LaneSample> samples_;
  std::optional<statistics::LaneSample> top_;
  std::optional<statistics::LaneClasses> classes_;
};

double ScoreTable::at(int64_t weighting, size_t scorer, size_t metric,
                      int64_t label) const {
  const int64_t place =
      ((weighting * num_scorers + static_cast<int64_t>(scorer)) * num_metrics +
       static_cast<int64_t>(metric)) *
          (1 + num_labels) +
      (num_labels == 0 ? 0 : 1 + label);
  return values[static_cast<size_t>(place)];
}

std::vector<double> ScoreTable::column(size_t scorer, size_t metric,
                                       int64_t label) const {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(num_weightings));
  for (int64_t i = 0; i < num_weightings; ++i) {
    out.push_back(at(i, scorer, metric, label));
  }
  return out;
}

ScoreTable score_weightings(
    const ScoreRequest& request, int64_t num_weightings,
    const std::function<void(int64_t index, std::span<uint16_t> counts)>& fill) {
  ScoreTable out;
  out.num_weightings = num_weightings;
  out.num_scorers = std::ssize(request.scorers);
  out.num_metrics = std::ssize(request.metrics);
  std::vector<LaneScorer> scorers;
  for (const auto* scorer : request.scorers) {
    MEDGRAFT_CHECK(scorer->num_labels() == request.scorers[0]->num_labels(), "labels");
    out.num_labels = scorer->num_labels() == 1 ? 0 : scorer->num_labels();
    scorers.emplace_back(*scorer, request.metrics);
  }
  const auto figures = static_cast<size_t>(out.num_metrics * (1 + out.num_labels));
  const size_t stride = scorers.size() * figures;
  out.values.resize(static_cast<size_t>(num_weightings) * stride);

  const auto chunk = static_cast<int64_t>(kLanes);
  const auto work = [&](int64_t index) {
    const int64_t first = index * chunk;
    const int64_t lanes = std::min(chunk, num_weightings - first);
    std::vector<uint16_t> counts(static_cast<size_t>(request.num_patients));
    statistics::LaneCounts side_by_side(request.num_patients);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      fill(first + lane, counts);
      side_by_side.set(static_cast<size_t>(lane), counts);
    }
    for (size_t s = 0; s < scorers.size(); ++s) {
      scorers[s].score(
          side_by_side, static_cast<size_t>(lanes),
          out.values.data() + static_cast<size_t>(first) * stride + s * figures, stride);
    }
  };
  statistics::for_each_index((num_weightings + chunk - 1) / chunk, request.threads, work);
  return out;
}

ScoreTable resample_scores(const ScoreRequest& request, int64_t replicates,
                           uint64_t seed) {
  return score_weightings(request, replicates,
                          [&](int64_t index, std::span<uint16_t> counts) {
                            statistics::draw_patients(seed, index, counts);
                          });
}

ScoreTable jackknife_scores(const ScoreRequest& request) {
  const auto groups = statistics::jackknife_groups(request.num_patients);
  const int64_t count =
      groups.empty() ? 0 : *std::max_element(groups.begin(), groups.end()) + 1;
  return score_weightings(request, count, [&](int64_t index, std::span<uint16_t> counts) {
    for (size_t i = 0; i < counts.size(); ++i) {
      counts[i] = groups[i] == index ? 0 : 1;
    }
  });
}

}  // namespace medgraft::evaluation
