#include "medgraft/statistics/gap_permutation.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::statistics {
namespace {

constexpr size_t kSmallStratum = 20;  // Patients; fewer leave little to permute.

double worth(const Gaps& gaps, GapKind kind) {
  return gaps[static_cast<size_t>(kind)].value;
}

// What is kept while groups are permuted, and the gaps that this tests.
struct Scheme {
  uint8_t kept;  ///< Bits of GroupedSample::outcomes().
  FigureParts parts;
  std::vector<GapKind> tests;
};

const std::array<Scheme, 3>& schemes() {
  static const std::array<Scheme, 3> kSchemes = {
      Scheme{1 | 2,
             {.ranking = true, .decisions = true, .calibration = false},
             {GapKind::kAuroc, GapKind::kTpr, GapKind::kFpr, GapKind::kEqualizedOdds,
              GapKind::kWorstGroup}},
      Scheme{4 | 8,
             {.ranking = false, .decisions = true, .calibration = false},
             {GapKind::kPpv}},
      Scheme{0,
             {.ranking = false, .decisions = true, .calibration = true},
             {GapKind::kEce, GapKind::kDemographicParity}}};
  return kSchemes;
}

// Patients within which groups may be exchanged.
using Strata = std::vector<std::vector<int32_t>>;

Strata strata_of(std::span<const GroupedSample> samples, const Grouping& grouping,
                 uint8_t kept) {
  const size_t words = samples.size(), patients = grouping.group_of_patient.size();
  std::vector<std::string> pattern(patients, std::string(words, 0));
  for (size_t k = 0; kept != 0 && k < words; ++k) {
    const auto outcomes = samples[k].outcomes(grouping.patient_of_row.size());
    for (size_t row = 0; row < outcomes.size(); ++row) {
      pattern[static_cast<size_t>(grouping.patient_of_row[row])][k] |=
          static_cast<char>(outcomes[row] & kept);
    }
  }
  std::map<std::string, std::vector<int32_t>> of_pattern;
  for (size_t patient = 0; patient < patients; ++patient) {
    if (grouping.group_of_patient[patient] < 0) continue;
    of_pattern[pattern[patient]].push_back(static_cast<int32_t>(patient));
  }
  Strata out;
  std::map<int64_t, std::vector<int32_t>> merged;
  for (auto& [own, members] : of_pattern) {
    if (members.size() >= kSmallStratum) {
      out.push_back(std::move(members));
      continue;
    }
    const auto positives =
        std::count_if(own.begin(), own.end(), [](char bits) { return (bits & 5) != 0; });
    auto& to = merged[positives];
    to.insert(to.end(), members.begin(), members.end());
  }
  for (auto& [_, members] : merged) out.push_back(std::move(members));
  return out;
}

std::vector<GroupedRow> table_of(const Grouping& grouping,
                                 std::span<const int32_t> group_of_patient) {
  std::vector<GroupedRow> table;
  table.reserve(grouping.patient_of_row.size());
  for (const int32_t patient : grouping.patient_of_row) {
    const int32_t group = group_of_patient[static_cast<size_t>(patient)];
    table.push_back(group < 0 ? GroupedRow{0, 0} : GroupedRow{group, 1});
  }
  return table;
}

std::vector<int32_t> permuted(const Grouping& grouping, const Strata& strata, Rng& rng) {
  auto out = grouping.group_of_patient;
  std::vector<int32_t> groups;
  for (const auto& members : strata) {
    groups.clear();
    for (const int32_t patient : members) {
      groups.push_back(grouping.group_of_patient[static_cast<size_t>(patient)]);
    }
    shuffle(std::span(groups), rng);
    for (size_t i = 0; i < members.size(); ++i) {
      out[static_cast<size_t>(members[i])] = groups[i];
    }
  }
  return out;
}

std::vector<GroupFigures> all_figures(std::span<const GroupedSample> samples,
                                      std::span<const GroupedRow> table,
                                      FigureParts parts, size_t num_groups) {
  std::vector<GroupFigures> out(samples.size() * num_groups);
  for (size_t k = 0; k < samples.size(); ++k) {
    samples[k].figures(table, parts, std::span(out).subspan(k * num_groups, num_groups));
  }
  return out;
}

constexpr size_t kLanes = GroupedSample::kLanes;
constexpr uint64_t kStream = 0x6761702d74657374;  // Apart from the bootstrap's draws.

// What the draws depend on, beside their index.
struct PermutationKey {
  uint64_t seed;
  size_t scheme;
};

// The groups of kLanes permutations from `first` on, [rows, kLanes], for
// GroupedSample::figures_of_groupings.
std::vector<uint16_t> permuted_rows(const Grouping& grouping, const Strata& strata,
                                    const PermutationKey& key, size_t first) {
  std::vector<uint16_t> out(grouping.patient_of_row.size() * kLanes);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    Rng rng(mix_key({key.seed, kStream, key.scheme, first + lane}));
    const auto groups = permuted(grouping, strata, rng);
    for (size_t row = 0; row < grouping.patient_of_row.size(); ++row) {
      const int32_t group = groups[static_cast<size_t>(grouping.patient_of_row[row])];
      out[row * kLanes + lane] =
          static_cast<uint16_t>(group < 0 ? grouping.num_groups : group);
    }
  }
  return out;
}

// Figures of each grouping, [kLanes][samples, groups].
std::vector<std::vector<GroupFigures>> figures_of_groupings(
    std::span<const GroupedSample> samples, std::span<const uint16_t> groups,
    FigureParts parts, size_t num_groups) {
  std::vector<std::vector<GroupFigures>> out(kLanes);
  std::vector<GroupFigures> of_sample(kLanes * num_groups);
  for (const auto& sample : samples) {
    sample.figures_of_groupings(groups, num_groups, parts, of_sample);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const auto own = std::span(of_sample).subspan(lane * num_groups, num_groups);
      out[lane].insert(out[lane].end(), own.begin(), own.end());
    }
  }
  return out;
}

bool as_extreme(GapKind kind, double value, double observed) {
  constexpr double kRounding = 1e-12;
  return kind == GapKind::kWorstGroup ? value <= observed + kRounding
                                      : value >= observed - kRounding;
}

}  // namespace

GapTest test_gaps(std::span<const GroupedSample> samples, const Grouping& grouping,
                  const GapTestOptions& options) {
  const auto groups = static_cast<size_t>(grouping.num_groups);
  const auto table = table_of(grouping, grouping.group_of_patient);
  std::vector<Eligible> eligible;
  for (const auto& sample : samples) {
    const auto counts =
        sample.counts(table, grouping.patient_of_row, grouping.num_groups);
    for (size_t g = 0; g < groups; ++g) {
      eligible.push_back(eligible_figures(counts, g, options.min_group));
    }
  }
  return test_gaps(samples, grouping, eligible, options);
}

GapTest test_gaps(std::span<const GroupedSample> samples, const Grouping& grouping,
                  std::span<const Eligible> eligible, const GapTestOptions& options) {
  const auto groups = static_cast<size_t>(grouping.num_groups);
  MEDGRAFT_CHECK(groups < std::numeric_limits<uint16_t>::max(), groups, " groups");
  const auto observed_table = table_of(grouping, grouping.group_of_patient);
  GapTest out;
  out.gaps =
      largest_gaps(all_figures(samples, observed_table, {}, groups), eligible, groups);
  out.p.fill(std::numeric_limits<double>::quiet_NaN());
  if (options.permutations == 0) return out;
  std::array<std::atomic<int64_t>, kNumGapKinds> extreme{};
  for (size_t s = 0; s < schemes().size(); ++s) {
    const auto& scheme = schemes()[s];
    const auto strata = strata_of(samples, grouping, scheme.kept);
    const auto count = static_cast<size_t>(options.permutations);
    const auto blocks = static_cast<int64_t>((count + kLanes - 1) / kLanes);
    for_each_index(blocks, options.threads, [&](int64_t block) {
      const size_t first = static_cast<size_t>(block) * kLanes;
      const auto figures = figures_of_groupings(
          samples, permuted_rows(grouping, strata, {options.seed, s}, first),
          scheme.parts, groups);
      for (size_t lane = 0; lane < kLanes && first + lane < count; ++lane) {
        const auto gaps = largest_gaps(figures[lane], eligible, groups);
        for (const auto kind : scheme.tests) {
          extreme[static_cast<size_t>(kind)] +=
              as_extreme(kind, worth(gaps, kind), worth(out.gaps, kind));
        }
      }
    });
  }
  for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
    if (std::isnan(out.gaps[kind].value)) continue;
    out.p[kind] = static_cast<double>(1 + extreme[kind]) /
                  static_cast<double>(1 + options.permutations);
  }
  return out;
}

}  // namespace medgraft::statistics
