#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// What a label asks of the network. A weight of 0 takes it out.
struct Target {
  float value = 0;  ///< 0 to 1; the class's index where multi-class.
  float weight = 0;
};

/// Turns stated labels into targets by the policies of dataset.toml.
///
/// Uncertain (-1): `ignore` takes the label out; `zeros`, `ones` map it;
/// `smooth(low,high)` draws a target from that range, the same one whenever this case is
/// seen; `mixed` is `ones` for edema and atelectasis, `zeros` for cardiomegaly,
/// consolidation and (pleural) effusion, `ignore` for other labels. Source: Irvin et al.
/// 2019, arXiv:1901.07031; Pham et al. 2019, arXiv:1911.06475 (smooth); Neyshabur et al.
/// 2020, arXiv:2008.11687 (mixed). Blank: `mask` takes the label out, `zero` maps it to
/// 0.
class Targets {
 public:
  explicit Targets(const DatasetInfo& info);

  /// @return one a label; one in all where multi-class.
  std::vector<Target> for_loss(const CaseEntry& entry) const;

  /// The same, but values are 0 or 1 alone: a smoothed target is taken out.
  std::vector<Target> for_metrics(const CaseEntry& entry) const;

 private:
  enum class Uncertain { kIgnore, kZeros, kOnes, kSmooth };
  struct Policy {
    Uncertain uncertain = Uncertain::kIgnore;
    double low = 0, high = 1;
    bool blank_is_zero = false;
  };
  Target target(const CaseEntry& entry, size_t label) const;

  Kind kind_;
  std::vector<Policy> policies_;
};

/// @return what is wrong with the policy, or an empty text.
std::string check_uncertain_policy(const std::string& policy);
std::string check_blank_policy(const std::string& policy);

}  // namespace medgraft::data
