#include "medgraft/evaluation/top_k_section.h"

#include <cmath>
#include <string>

#include "medgraft/evaluation/share_json.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr int64_t kCounts[] = {2, 3, 5};

// How many classes come before the true one.
int64_t rank_of_true_class(std::span<const double> probabilities, size_t actual) {
  int64_t rank = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) {
    rank += probabilities[k] > probabilities[actual] ||
            (k < actual && probabilities[k] == probabilities[actual]);
  }
  return rank;
}

}  // namespace

json top_k_json(const SplitView& view, const EvaluateOptions& options) {
  const auto& file = *view.predictions;
  json out = json::object();
  if (!file.multiclass) return out;
  const auto columns = static_cast<size_t>(file.num_columns());
  std::vector<int64_t> ranks, patients;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const double label = file.labels[row];
    if (std::isnan(label)) continue;
    ranks.push_back(
        rank_of_true_class(std::span(file.probabilities).subspan(row * columns, columns),
                           static_cast<size_t>(label)));
    patients.push_back(view.patient_index[i]);
  }
  for (const int64_t k : kCounts) {
    if (k >= file.num_columns()) continue;
    std::vector<double> hits;
    for (const int64_t rank : ranks) hits.push_back(rank < k);
    out[std::to_string(k)] = share_json(hits, patients, view, options, "no labeled case");
  }
  return out;
}

}  // namespace medgraft::evaluation
