#include "coverage/run_study.h"

#include <string>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::coverage {
namespace {

// A number of the condition's own, so that conditions draw other data sets.
uint64_t key_of(const std::string& name) {
  uint64_t key = 0;
  for (const char c : name) key = mix_key({key, static_cast<uint64_t>(c)});
  return key;
}

}  // namespace

std::vector<IntervalTally> study_intervals(const Condition& condition,
                                           const StudyOptions& options) {
  const auto truth = truth_of(condition);
  const IntervalPools pools(condition.num_patients, options.replicates, options.seed);
  const uint64_t key = key_of(condition.name());
  std::vector<std::vector<Outcome>> sets(static_cast<size_t>(options.sets));
  statistics::for_each_index(options.sets, options.threads, [&](int64_t i) {
    const auto set = static_cast<uint64_t>(i);
    const auto sample = draw(condition, 1, mix_key({options.seed, key, set}))[0];
    sets[set] = interval_outcomes(condition, truth, sample, pools, set);
  });
  return tally(sets);
}

std::vector<NullTally> study_null(const NullCondition& condition,
                                  const StudyOptions& options) {
  const NullPools pools(condition, options.replicates, options.seed);
  const uint64_t key = key_of(condition.name());
  std::vector<std::vector<NullOutcome>> sets(static_cast<size_t>(options.sets));
  statistics::for_each_index(options.sets, options.threads, [&](int64_t i) {
    const auto set = static_cast<uint64_t>(i);
    sets[set] = null_outcomes(condition, pools, set, mix_key({options.seed, key, set}));
  });
  return tally(sets);
}

}  // namespace medgraft::coverage
