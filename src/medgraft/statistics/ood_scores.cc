#include "medgraft/statistics/ood_scores.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

namespace medgraft::statistics {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = std::span<const double>;

template <class Function>
std::vector<double> score_rows(std::span<const double> matrix, int64_t columns,
                               const Function& score) {
  const auto width = static_cast<size_t>(columns);
  std::vector<double> out;
  out.reserve(matrix.size() / width);
  for (size_t first = 0; first < matrix.size(); first += width) {
    out.push_back(score(matrix.subspan(first, width)));
  }
  return out;
}

// p log p, 0 at 0.
double entropy_term(double p) { return p > 0 ? -p * std::log(p) : 0; }

// log(1 + e^z) without overflow.
double softplus(double z) {
  return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
}

double log_sum_exp(Row row) {
  const double highest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const double z : row) sum += std::exp(z - highest);
  return highest + std::log(sum);
}

MatrixXd rows_of(const FeatureRows& features, int64_t first, int64_t count) {
  return Eigen::Map<const RowMajor>(features.values.data() + first * features.width,
                                    count, features.width)
      .cast<double>();
}

// Rows are turned into double this many at a time, so that no copy of all is held.
constexpr int64_t kBlock = 1024;

template <class Function>
void for_each_block(const FeatureRows& features, const Function& use) {
  for (int64_t first = 0; first < features.count(); first += kBlock) {
    const auto count = std::min(kBlock, features.count() - first);
    use(first, rows_of(features, first, count));
  }
}

// @return W with W^T W the pseudo-inverse of `covariance`; eigenvalues are dropped as
// scipy.linalg.pinvh drops them.
MatrixXd whitening_of(const MatrixXd& covariance) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(covariance);
  const auto& values = solver.eigenvalues();
  const double cutoff = values.cwiseAbs().maxCoeff() *
                        static_cast<double>(covariance.rows()) *
                        std::numeric_limits<double>::epsilon();
  const auto kept = (values.array() > cutoff).count();  // The last: ascending order.
  return values.tail(kept).cwiseSqrt().cwiseInverse().asDiagonal() *
         solver.eigenvectors().rightCols(kept).transpose();
}

// @return [N, width] of unit length; rows of zeros stay.
MatrixXd unit_rows(MatrixXd rows) {
  for (auto row : rows.rowwise()) {
    const double length = row.norm();
    if (length > 0) row /= length;
  }
  return rows;
}

}  // namespace

std::vector<double> maximum_probability_scores(std::span<const double> probabilities,
                                               int64_t columns, OutputKind kind) {
  return score_rows(probabilities, columns, [kind](Row row) {
    if (kind == OutputKind::kClasses) return -*std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double p : row) sum += std::max(p, 1 - p);
    return -sum / static_cast<double>(row.size());
  });
}

std::vector<double> entropy_scores(std::span<const double> probabilities, int64_t columns,
                                   OutputKind kind) {
  return score_rows(probabilities, columns, [kind](Row row) {
    double sum = 0;
    for (const double p : row) sum += entropy_term(p);
    if (kind == OutputKind::kClasses) return sum;
    for (const double p : row) sum += entropy_term(1 - p);
    return sum / static_cast<double>(row.size());
  });
}

std::vector<double> energy_scores(std::span<const double> logits, int64_t columns,
                                  OutputKind kind) {
  return score_rows(logits, columns, [kind](Row row) {
    if (kind == OutputKind::kClasses) return -log_sum_exp(row);
    double sum = 0;
    for (const double z : row) sum += softplus(z);
    return -sum;
  });
}

std::vector<double> maximum_logit_scores(std::span<const double> logits,
                                         int64_t columns) {
  return score_rows(logits, columns,
                    [](Row row) { return -*std::max_element(row.begin(), row.end()); });
}

MahalanobisDistances::MahalanobisDistances(const FeatureRows& training,
                                           std::span<const int64_t> classes) {
  std::map<int64_t, int64_t> place_of_class;
  for (const int64_t k : classes) {
    if (k >= 0) place_of_class.emplace(k, 0);
  }
  int64_t num_classes = 0;
  for (auto& [_, place] : place_of_class) place = num_classes++;
  const auto place_of = [&](int64_t row) {
    const int64_t k = classes[static_cast<size_t>(row)];
    return k < 0 ? -1 : place_of_class.at(k);
  };

  const auto width = training.width;
  MatrixXd means = MatrixXd::Zero(width, num_classes);
  VectorXd counts = VectorXd::Zero(num_classes);
  background_mean_ = VectorXd::Zero(width);
  for_each_block(training, [&](int64_t first, const MatrixXd& rows) {
    background_mean_ += rows.colwise().sum().transpose();
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const int64_t k = place_of(first + i);
      if (k < 0) continue;
      means.col(k) += rows.row(i).transpose();
      counts[k] += 1;
    }
  });
  background_mean_ /= static_cast<double>(training.count());
  means = means * counts.cwiseInverse().asDiagonal();

  MatrixXd within = MatrixXd::Zero(width, width);
  MatrixXd total = MatrixXd::Zero(width, width);
  for_each_block(training, [&](int64_t first, const MatrixXd& rows) {
    MatrixXd centered = rows.rowwise() - background_mean_.transpose();
    total.noalias() += centered.transpose() * centered;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const int64_t k = place_of(first + i);
      if (k < 0) {
        centered.row(i).setZero();
      } else {
        centered.row(i) = rows.row(i) - means.col(k).transpose();
      }
    }
    within.noalias() += centered.transpose() * centered;
  });
  class_whitening_ = whitening_of(within / counts.sum());
  background_whitening_ = whitening_of(total / static_cast<double>(training.count()));
  class_means_ = class_whitening_ * (means.colwise() - background_mean_);
}

MahalanobisDistances::Scores MahalanobisDistances::score(
    const FeatureRows& features) const {
  Scores out;
  for_each_block(features, [&](int64_t, const MatrixXd& rows) {
    const MatrixXd centered = (rows.rowwise() - background_mean_.transpose()).transpose();
    const MatrixXd placed = class_whitening_ * centered;  // [rank, rows]
    const MatrixXd background = background_whitening_ * centered;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const double nearest =
          (class_means_.colwise() - placed.col(i)).colwise().squaredNorm().minCoeff();
      out.nearest.push_back(nearest);
      out.relative.push_back(class_means_.cols() > 1
                                 ? nearest - background.col(i).squaredNorm()
                                 : std::numeric_limits<double>::quiet_NaN());
    }
  });
  return out;
}

std::vector<double> nearest_neighbor_scores(const FeatureRows& training,
                                            const FeatureRows& features, int64_t k,
                                            int threads) {
  constexpr int64_t kTile = 64;  // Cases whose distances to all of training are held.
  const auto place = std::min(k, training.count()) - 1;
  std::vector<double> out(static_cast<size_t>(features.count()));
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    for (int64_t first = next.fetch_add(kTile); first < features.count();
         first = next.fetch_add(kTile)) {
      const auto count = std::min(kTile, features.count() - first);
      const MatrixXd own = unit_rows(rows_of(features, first, count));
      MatrixXd distances(training.count(), count);
      for_each_block(training, [&](int64_t block, const MatrixXd& rows) {
        const MatrixXd unit = unit_rows(rows);
        auto part = distances.middleRows(block, rows.rows());
        part.noalias() = -2 * unit * own.transpose();
        part.colwise() += unit.rowwise().squaredNorm();
        part.rowwise() += own.rowwise().squaredNorm().transpose();
      });
      for (int64_t i = 0; i < count; ++i) {
        double* column = distances.col(i).data();
        std::nth_element(column, column + place, column + training.count());
        out[static_cast<size_t>(first + i)] = std::max(0.0, column[place]);
      }
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return out;
}

}  // namespace medgraft::statistics
