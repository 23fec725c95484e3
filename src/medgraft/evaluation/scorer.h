#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/moderated_auroc.h"

namespace medgraft::evaluation {

/// A metric that is a ratio of counts at a threshold: accuracy, balanced accuracy,
/// sensitivity, specificity or F1.
double score_confusion(Metric metric, const statistics::Confusion& confusion);

/// The same of several classes, by the most probable class: the mean over the classes
/// where it is defined; balanced accuracy is the mean sensitivity.
/// @param classes each class against the rest.
double score_classes(Metric metric, std::span<const statistics::Confusion> classes);

/// Each case's weight: how often its patient counts. Empty where `counts` is.
std::vector<double> case_weights(const std::vector<int64_t>& patients,
                                 std::span<const double> counts);

/// The mean of the values that are not NaN; NaN where none is.
double mean_of_defined(std::span<const double> values);

/// One split of one model, prepared so that many patient resamples are scored fast.
/// Labels of -1 and blank ones are masked. Scores one resample at a time;
/// resample_scores.h is the fast path to the same values.
class Scorer {
 public:
  /// @param thresholds of each label, frozen elsewhere; empty: 0.5.
  /// @param patient_index [rows of the split] from 0, shared between models that are
  /// compared.
  Scorer(const Predictions& predictions, const std::vector<int64_t>& rows,
         std::vector<int64_t> patient_index, std::vector<double> thresholds);

  /// @param patient_counts a resample's; empty: every patient once.
  /// @return NaN where undefined. Multi-label figures are means over the labels where
  /// they are defined; multi-class: macro one-vs-rest AUROC, AUPRC, sensitivity,
  /// specificity and F1, accuracy of the most probable class, summed Brier.
  double score(Metric metric, std::span<const double> patient_counts) const;

  /// The same of one label alone. Multi-class: of that class against the rest.
  double score_label(Metric metric, int64_t label,
                     std::span<const double> patient_counts) const;

  /// The interval of a single label's AUROC: DeLong or, with several cases a patient,
  /// Obuchowski, on the logit scale.
  statistics::NamedInterval label_auroc_interval(int64_t label) const;
  statistics::AurocComponents components(int64_t label) const;
  const std::vector<double>& labels_of(int64_t label) const;
  const std::vector<int64_t>& patients_of(int64_t label) const;

  bool patients_are_distinct() const { return patients_are_distinct_; }
  /// Whether the macro figure is that of one label.
  bool is_binary() const { return samples_.size() == 1; }
  /// Whether a case is labeled or masked as a whole: one label, or classes.
  bool has_one_masking() const { return multiclass_ || is_binary(); }
  int64_t num_labels() const { return static_cast<int64_t>(samples_.size()); }
  int64_t num_cases() const { return num_cases_; }
  int64_t num_patients() const { return num_patients_; }
  /// Unmasked cases of a label.
  int64_t num_labeled(int64_t label) const;
  /// Labels left out because uncertain or not stated.
  int64_t num_masked() const { return num_masked_; }
  /// Those of -1, and those not stated (multi-class: cases without a class).
  int64_t num_uncertain() const { return num_uncertain_; }
  int64_t num_blank() const { return num_masked_ - num_uncertain_; }

 private:
  friend class LaneScorer;
  struct Label {
    statistics::BinarySample sample;
    std::vector<int64_t> patients;  ///< Of the sample's items.
    double threshold = 0.5;
  };
  void prepare_classes();
  double multiclass(Metric metric, std::span<const double> patient_counts) const;

  bool multiclass_ = false, patients_are_distinct_ = true;
  int64_t num_cases_ = 0, num_patients_ = 0, num_masked_ = 0, num_uncertain_ = 0;
  std::vector<Label> samples_;
  /// Multi-class: whether the most probable class is right, its probability, the sum of
  /// squared errors, and the loss of its class.
  std::optional<Label> top_;
  std::vector<double> squared_errors_, losses_;
  std::vector<int64_t> predicted_, actual_;
};

}  // namespace medgraft::evaluation
