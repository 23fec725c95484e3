#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace medgraft::statistics {

/// Scores by which a case may be told to be out of distribution; higher is stranger
/// throughout. Matrices are row-major [N, K].

/// What the columns of a matrix of outputs are.
enum class OutputKind {
  kClasses,  ///< Exclude each other: softmax.
  kLabels,   ///< Each by itself: a sigmoid a label. One column is a binary task.
};

/// Less the maximum probability. Labels: less the mean over them of max(p, 1 - p).
/// Source: Hendrycks and Gimpel 2017, arXiv:1610.02136.
std::vector<double> maximum_probability_scores(std::span<const double> probabilities,
                                               int64_t columns, OutputKind kind);

/// Entropy in nats; labels: its mean over them.
std::vector<double> entropy_scores(std::span<const double> probabilities, int64_t columns,
                                   OutputKind kind);

/// The energy: less log sum exp of the logits. Labels: less the sum of log(1 + e^z).
/// Source: Liu et al. 2020, arXiv:2010.03759; labels: Wang et al. 2021, arXiv:2111.12797.
std::vector<double> energy_scores(std::span<const double> logits, int64_t columns,
                                  OutputKind kind);

/// Less the largest logit. Source: Hendrycks et al. 2022, arXiv:1911.11132.
std::vector<double> maximum_logit_scores(std::span<const double> logits, int64_t columns);

/// Features of N cases, row-major [N, width].
struct FeatureRows {
  std::span<const float> values;
  int64_t width = 0;

  int64_t count() const { return static_cast<int64_t>(values.size()) / width; }
};

/// Squared distances in feature space to Gaussians of training cases with one
/// covariance, the maximum-likelihood one within classes, and to a single Gaussian of all
/// of them. A direction without variance in training is left out (pseudo-inverse), as it
/// is where there are fewer cases than features.
/// Source: Lee et al. 2018, arXiv:1807.03888, last layer, no input noise; Ren et al.
/// 2021, arXiv:2106.09022; OpenOOD, openood/postprocessors/{mds,rmds}_postprocessor.py.
class MahalanobisDistances {
 public:
  /// @param classes [N] of the training cases, from 0; negative ones join the background
  /// alone. At least one case is of a class.
  MahalanobisDistances(const FeatureRows& training, std::span<const int64_t> classes);

  struct Scores {
    std::vector<double> nearest;  ///< To the nearest class.
    /// nearest less the distance to the background: NaN where there is one class.
    std::vector<double> relative;
  };
  Scores score(const FeatureRows& features) const;

 private:
  Eigen::MatrixXd class_whitening_, background_whitening_;  ///< [rank, width]
  Eigen::MatrixXd class_means_;  ///< Whitened, about background_mean_: [rank, classes]
  Eigen::VectorXd background_mean_;
};

/// Squared Euclidean distance, between features of unit length, to the k-th nearest
/// training case (the farthest, where there are fewer than k).
/// Source: Sun et al. 2022, arXiv:2204.06507; OpenOOD, knn_postprocessor.py.
std::vector<double> nearest_neighbor_scores(const FeatureRows& training,
                                            const FeatureRows& features, int64_t k,
                                            int threads);

}  // namespace medgraft::statistics
