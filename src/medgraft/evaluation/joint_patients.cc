#include "medgraft/evaluation/joint_patients.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <unordered_map>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

const std::string& unit_of(const SplitView& view, int64_t row) {
  const auto& names =
      view.patients_are_known ? view.predictions->patients : view.predictions->cases;
  return names[static_cast<size_t>(row)];
}

}  // namespace

JointPatients::JointPatients(const std::vector<const SplitView*>& views)
    : num_views_(views.size()) {
  // A patient and a case of the same name are not one.
  std::unordered_map<std::string, int64_t> numbers[2];
  std::vector<std::vector<bool>> members;  // [patients][views]
  for (size_t v = 0; v < views.size(); ++v) {
    auto& own = numbers[views[v]->patients_are_known];
    auto& index = index_.emplace_back();
    for (const int64_t row : views[v]->rows) {
      const auto [found, is_new] = own.emplace(unit_of(*views[v], row), num_patients_);
      if (is_new) {
        ++num_patients_;
        members.emplace_back(views.size());
      }
      members[static_cast<size_t>(found->second)][v] = true;
      index.push_back(found->second);
    }
    are_known_ = are_known_ && views[v]->patients_are_known;
  }
  std::map<std::vector<bool>, std::vector<int64_t>, std::greater<>> strata;
  for (int64_t i = 0; i < num_patients_; ++i) {
    strata[members[static_cast<size_t>(i)]].push_back(i);
  }
  for (auto& [of_views, patients] : strata) {
    const bool in_all =
        std::find(of_views.begin(), of_views.end(), false) == of_views.end();
    if (in_all) num_in_all_ = std::ssize(patients);
    strata_.push_back(std::move(patients));
  }
}

const char* JointPatients::pairing() const {
  if (num_in_all_ == num_patients_) return "paired";
  return strata_.size() == num_views_ && num_in_all_ == 0 ? "independent"
                                                          : "partly paired";
}

std::vector<double> JointPatients::bootstrap(
    int64_t figures, const EvaluateOptions& options,
    const std::function<void(std::span<const double>, std::span<double>)>& compute)
    const {
  std::vector<double> values(static_cast<size_t>(options.replicates * figures));
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    std::vector<double> counts(static_cast<size_t>(num_patients_)), drawn;
    for (int64_t b = next++; b < options.replicates; b = next++) {
      for (size_t s = 0; s < strata_.size(); ++s) {
        drawn.resize(strata_[s].size());
        // The first stratum is resampled as every split's own figures are.
        const auto seed = s == 0 ? options.seed : mix_key({options.seed, s});
        statistics::draw_patients(seed, b, drawn);
        for (size_t i = 0; i < drawn.size(); ++i) {
          counts[static_cast<size_t>(strata_[s][i])] = drawn[i];
        }
      }
      compute(counts, std::span(values).subspan(static_cast<size_t>(b * figures),
                                                static_cast<size_t>(figures)));
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < options.threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return values;
}

std::vector<double> bootstrap_column(std::span<const double> values, int64_t figures,
                                     int64_t figure) {
  std::vector<double> out;
  for (auto at = static_cast<size_t>(figure); at < values.size();
       at += static_cast<size_t>(figures)) {
    out.push_back(values[at]);
  }
  return out;
}

}  // namespace medgraft::evaluation
