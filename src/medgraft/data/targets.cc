#include "medgraft/data/targets.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/base/rng.h"

namespace medgraft::data {
namespace {

struct Range {
  double low, high;
};

// @return the range of "smooth(low,high)"; nothing where it is not that.
std::optional<Range> smooth_range(std::string_view policy) {
  constexpr std::string_view kStart = "smooth(";
  if (!policy.starts_with(kStart) || !policy.ends_with(')')) return std::nullopt;
  policy = policy.substr(kStart.size(), policy.size() - kStart.size() - 1);
  const auto comma = policy.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  auto second = policy.substr(comma + 1);
  while (second.starts_with(' ')) second.remove_prefix(1);
  const auto low = parse_double(policy.substr(0, comma));
  const auto high = parse_double(second);
  if (!low || !high || !(0 <= *low && *low <= *high && *high <= 1)) return std::nullopt;
  return Range{*low, *high};
}

// What `mixed` stands for. Source: Neyshabur et al. 2020, arXiv:2008.11687.
std::string mixed_policy(std::string label) {
  std::transform(label.begin(), label.end(), label.begin(),
                 [](unsigned char c) { return std::isalpha(c) ? std::tolower(c) : ' '; });
  if (label == "edema" || label == "atelectasis") return "ones";
  for (const auto* name :
       {"cardiomegaly", "consolidation", "effusion", "pleural effusion"}) {
    if (label == name) return "zeros";
  }
  return "ignore";
}

uint64_t key_of(std::string_view id) {
  uint64_t key = mix_key({id.size()});
  for (const char c : id) key = mix_key({key, static_cast<unsigned char>(c)});
  return key;
}

}  // namespace

std::string check_uncertain_policy(const std::string& policy) {
  const std::vector<std::string> known = {"ignore", "zeros", "ones", "mixed"};
  if (std::find(known.begin(), known.end(), policy) != known.end() ||
      smooth_range(policy)) {
    return "";
  }
  return text(
      "is ignore, zeros, ones, mixed or smooth(low,high) with 0 <= low <= high <= 1, "
      "got \"",
      policy, "\"");
}

std::string check_blank_policy(const std::string& policy) {
  return policy == "mask" || policy == "zero"
             ? ""
             : text("is mask or zero, got \"", policy, "\"");
}

Targets::Targets(const DatasetInfo& info) : kind_(info.kind) {
  for (const auto& label : info.labels) {
    Policy policy;
    const auto blank = info.blank.find(label);
    policy.blank_is_zero = blank != info.blank.end() && blank->second == "zero";
    const auto uncertain = info.uncertain.find(label);
    auto name = uncertain == info.uncertain.end() ? "ignore" : uncertain->second;
    if (name == "mixed") name = mixed_policy(label);
    const auto complaint = check_uncertain_policy(name);
    require(complaint.empty(), "the uncertain policy of ", label, " ", complaint);
    if (name == "zeros") policy.uncertain = Uncertain::kZeros;
    if (name == "ones") policy.uncertain = Uncertain::kOnes;
    if (const auto range = smooth_range(name)) {
      policy.uncertain = Uncertain::kSmooth;
      policy.low = range->low;
      policy.high = range->high;
    }
    policies_.push_back(policy);
  }
}

Target Targets::target(const CaseEntry& entry, size_t label) const {
  const float stated = entry.labels[label];
  if (kind_ == Kind::kMulticlass) {
    return std::isnan(stated) ? Target{} : Target{stated, 1};
  }
  const auto& policy = policies_[label];
  if (std::isnan(stated)) return policy.blank_is_zero ? Target{0, 1} : Target{};
  if (stated >= 0) return {stated, 1};
  switch (policy.uncertain) {
    case Uncertain::kIgnore:
      return {};
    case Uncertain::kZeros:
      return {0, 1};
    case Uncertain::kOnes:
      return {1, 1};
    case Uncertain::kSmooth:
      break;
  }
  Rng rng(mix_key({key_of(entry.id), label}));
  return {static_cast<float>(rng.uniform(policy.low, policy.high)), 1};
}

std::vector<Target> Targets::for_loss(const CaseEntry& entry) const {
  std::vector<Target> targets;
  for (size_t i = 0; i < entry.labels.size(); ++i) targets.push_back(target(entry, i));
  return targets;
}

std::vector<Target> Targets::for_metrics(const CaseEntry& entry) const {
  auto targets = for_loss(entry);
  for (size_t i = 0; i < targets.size(); ++i) {
    const bool is_smoothed = kind_ != Kind::kMulticlass && entry.labels[i] < 0 &&
                             policies_[i].uncertain == Uncertain::kSmooth;
    if (is_smoothed) targets[i] = {};
  }
  return targets;
}

}  // namespace medgraft::data
