#include "medgraft/evaluation/joint_patients.h"

#include <algorithm>
#include <map>
#include <string>
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

void JointPatients::draw(uint64_t seed, int64_t index, std::span<uint16_t> counts) const {
  std::vector<uint16_t> drawn;
  for (size_t s = 0; s < strata_.size(); ++s) {
    drawn.resize(strata_[s].size());
    // The first stratum is resampled as every split's own figures are.
    statistics::draw_patients(s == 0 ? seed : mix_key({seed, s}), index,
                              std::span<uint16_t>(drawn));
    for (size_t i = 0; i < drawn.size(); ++i) {
      counts[static_cast<size_t>(strata_[s][i])] = drawn[i];
    }
  }
}

std::vector<double> JointPatients::bootstrap(
    int64_t figures, const EvaluateOptions& options,
    const std::function<void(std::span<const double>, std::span<double>)>& compute)
    const {
  std::vector<double> values(static_cast<size_t>(options.replicates * figures));
  statistics::for_each_index(options.replicates, options.threads, [&](int64_t b) {
    std::vector<uint16_t> drawn(static_cast<size_t>(num_patients_));
    draw(options.seed, b, drawn);
    const std::vector<double> counts(drawn.begin(), drawn.end());
    compute(counts, std::span(values).subspan(static_cast<size_t>(b * figures),
                                              static_cast<size_t>(figures)));
  });
  return values;
}

}  // namespace medgraft::evaluation
