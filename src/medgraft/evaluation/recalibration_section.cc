#include "medgraft/evaluation/recalibration_section.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/logistic.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::ClassLogits;

constexpr char kNoValidation[] = "no validation split to fit on";

ClassLogits class_logits(const RecalibrationInput& input) {
  ClassLogits out;
  out.num_classes = std::ssize(input.columns);
  for (size_t i = 0; i < input.columns[0].size(); ++i) {
    for (size_t k = 0; k < input.columns.size(); ++k) {
      out.logits.push_back(input.logits[k][i]);
      if (input.columns[k].labels[i] > 0.5) {
        out.classes.push_back(static_cast<int64_t>(k));
      }
    }
  }
  return out;
}

// The binary logits that Platt's map takes.
std::vector<double> binary_logits(const RecalibrationInput& input, size_t k) {
  if (!input.multiclass) return input.logits[k];
  std::vector<double> logits;
  for (const double p : input.columns[k].probabilities) {
    logits.push_back(statistics::clipped_logit(p));
  }
  return logits;
}

// One T for all labels: their unmasked validation cases together.
Result<double> fit_shared_temperature(const RecalibrationInput& input) {
  if (input.multiclass) return statistics::fit_class_temperature(class_logits(input));
  std::vector<double> logits, labels;
  for (size_t k = 0; k < input.columns.size(); ++k) {
    const auto& own = input.columns[k].labels;
    logits.insert(logits.end(), input.logits[k].begin(), input.logits[k].end());
    labels.insert(labels.end(), own.begin(), own.end());
  }
  return statistics::fit_temperature(logits, labels);
}

Result<statistics::IsotonicFit> fit_isotonic_map(const statistics::LabelColumn& column) {
  if (column.size() == 0) return Failure{"no labeled validation case"};
  if (!column.has_both_classes()) {
    return Failure{"the validation cases have one class only"};
  }
  return statistics::isotonic_fit(column.probabilities, column.labels);
}

template <class Map>
std::vector<double> map_values(const Map& map, const std::vector<double>& values) {
  std::vector<double> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), map);
  return out;
}

// Applies a map to all classes of each case at once.
template <class Map>
MappedColumns map_cases(const Map& map, const RecalibrationInput& input) {
  const auto cases = class_logits(input);
  std::vector<double> p(input.columns.size());
  MappedColumns out(input.columns.size());
  for (size_t i = 0; i < cases.classes.size(); ++i) {
    map(cases.row(i), p);
    for (size_t k = 0; k < p.size(); ++k) out[k].push_back(p[k]);
  }
  return out;
}

MappedColumns apply_temperature(double temperature, const RecalibrationInput& input) {
  if (input.multiclass) {
    return map_cases(
        [&](std::span<const double> logits, std::span<double> p) {
          for (size_t k = 0; k < p.size(); ++k) p[k] = logits[k] / temperature;
          statistics::softmax(p, p);
        },
        input);
  }
  MappedColumns out;
  for (const auto& logits : input.logits) {
    out.push_back(map_values(
        [&](double logit) { return statistics::sigmoid(logit / temperature); }, logits));
  }
  return out;
}

// Class probabilities mapped one by one are scaled to add up to 1, as scikit-learn does;
// where a class has no map there is no result.
void normalize(MappedColumns& mapped) {
  const bool is_complete =
      std::none_of(mapped.begin(), mapped.end(), [](const auto& p) { return p.empty(); });
  if (!is_complete) {
    mapped.assign(mapped.size(), {});
    return;
  }
  for (size_t i = 0; i < mapped[0].size(); ++i) {
    double sum = 0;
    for (const auto& p : mapped) sum += p[i];
    for (auto& p : mapped) {
      p[i] = sum > 0 ? p[i] / sum : 1 / static_cast<double>(mapped.size());
    }
  }
}

json difference_json(const statistics::RobustEstimate& difference, const SplitView& view,
                     const EvaluateOptions& options, const std::string& reason) {
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  auto interval = statistics::robust_interval(difference);
  if (options.replicates == 0) interval.low = interval.high = kUndefined;
  return value_json(interval,
                    std::isnan(interval.low) ? "none" : "sandwich over patients",
                    view.num_cases(), view.num_patients, view.patients_are_known, reason);
}

// Figures of a method; without a map, or without a labeled case, null with the reason.
json losses_json(const RecalibrationInput& input, const MappedColumns& mapped,
                 const std::string& reason, const SplitView& view,
                 const EvaluateOptions& options) {
  const auto losses = recalibration_losses(input, mapped);
  const bool undefined = std::isnan(losses.nll_after);
  const std::string why = !undefined ? "" : reason.empty() ? "no labeled case" : reason;
  return {
      {"ece_before", number_json(losses.ece_before)},
      {"ece_after", number_json(losses.ece_after)},
      {"nll_before", number_json(losses.nll_before)},
      {"nll_after", number_json(losses.nll_after)},
      {"brier_before", number_json(losses.brier_before)},
      {"brier_after", number_json(losses.brier_after)},
      {"nll_difference", difference_json(losses.nll_difference, view, options, why)},
      {"brier_difference", difference_json(losses.brier_difference, view, options, why)},
      {"fitted_on", "val"},
      {"reason", undefined ? json(why) : json()}};
}

json parameters_json(const statistics::PlattMap& map) {
  return {{"slope", map.slope}, {"intercept", map.intercept}};
}
json parameters_json(const statistics::BetaMap& map) {
  return {{"a", map.a}, {"b", map.b}, {"c", map.c}};
}
json parameters_json(const statistics::IsotonicFit& map) {
  return {{"num_knots", map.x.size()}};
}

// A method whose maps are one a label.
template <class Map>
json labelwise_json(const std::vector<Result<Map>>& maps, const RecalibrationInput& input,
                    const SplitView& view, const EvaluateOptions& options,
                    bool takes_logits) {
  MappedColumns mapped;
  std::string reason;
  json parameters = json::object(), unfitted = json::object();
  for (size_t k = 0; k < maps.size(); ++k) {
    auto map = maps[k];
    const auto& name = view.predictions->names[k];
    if (map) {
      mapped.push_back(map_values(map.value(), takes_logits
                                                   ? binary_logits(input, k)
                                                   : input.columns[k].probabilities));
      parameters[name] = parameters_json(map.value());
    } else {
      mapped.emplace_back();
      unfitted[name] = map.error().reason;
      if (reason.empty()) reason = map.error().reason;
    }
  }
  if (input.multiclass) normalize(mapped);
  auto out = losses_json(input, mapped, reason, view, options);
  out["parameters"] = std::move(parameters);
  out["unfitted"] = std::move(unfitted);
  return out;
}

template <class Map, class Fit>
std::vector<Result<Map>> fit_each(size_t count, const Fit& fit) {
  std::vector<Result<Map>> maps;
  for (size_t k = 0; k < count; ++k) maps.push_back(fit(k));
  return maps;
}

}  // namespace

Recalibration::Recalibration(const SplitView* validation)
    : temperature_(Failure{kNoValidation}), vector_(Failure{kNoValidation}) {
  if (validation == nullptr || validation->rows.empty()) return;
  const auto input = recalibration_input(*validation);
  const size_t labels = input.columns.size();
  temperature_ = fit_shared_temperature(input);
  if (input.multiclass) {
    vector_ = statistics::fit_vector_scaling(class_logits(input));
  } else {
    label_temperatures_ = fit_each<double>(labels, [&](size_t k) {
      return statistics::fit_temperature(input.logits[k], input.columns[k].labels);
    });
  }
  platt_ = fit_each<statistics::PlattMap>(labels, [&](size_t k) {
    return statistics::fit_platt(binary_logits(input, k), input.columns[k].labels);
  });
  isotonic_ = fit_each<statistics::IsotonicFit>(
      labels, [&](size_t k) { return fit_isotonic_map(input.columns[k]); });
  beta_ = fit_each<statistics::BetaMap>(labels, [&](size_t k) {
    return statistics::fit_beta(input.columns[k].probabilities, input.columns[k].labels);
  });
}

json Recalibration::temperature_json(const SplitView& view,
                                     const EvaluateOptions& options) const {
  const auto input = recalibration_input(view);
  const auto entry = [&](Result<double> temperature, const RecalibrationInput& of) {
    auto out = temperature ? losses_json(of, apply_temperature(temperature.value(), of),
                                         "", view, options)
                           : losses_json(of, MappedColumns(of.columns.size()),
                                         temperature.error().reason, view, options);
    out["value"] = temperature ? json(temperature.value()) : json();
    for (const char* key : {"brier_before", "brier_after", "brier_difference"}) {
      out.erase(key);
    }
    return out;
  };
  auto out = entry(temperature_, input);
  auto temperature = temperature_;
  const auto mapped = temperature ? apply_temperature(temperature.value(), input)
                                  : MappedColumns(input.columns.size());
  const auto difference = ece_difference(input, mapped, options);
  out["ece_difference"] = value_json(
      difference,
      std::isnan(difference.low) ? "none" : "bootstrap bias-corrected, reflected",
      view.num_cases(), view.num_patients, view.patients_are_known,
      out["reason"].is_null() ? "" : out["reason"].get<std::string>());
  out["labels"] = json::object();
  for (size_t k = 0; k < label_temperatures_.size() && input.columns.size() > 1; ++k) {
    out["labels"][view.predictions->names[k]] =
        entry(label_temperatures_[k],
              {false, input.num_patients, {input.columns[k]}, {input.logits[k]}});
  }
  return out;
}

json Recalibration::recalibration_json(const SplitView& view,
                                       const EvaluateOptions& options) const {
  const auto input = recalibration_input(view);
  const MappedColumns unmapped(input.columns.size());
  auto temperature = temperature_;
  json out;
  out["temperature"] =
      temperature
          ? losses_json(input, apply_temperature(temperature.value(), input), "", view,
                        options)
          : losses_json(input, unmapped, temperature.error().reason, view, options);
  out["temperature"]["parameters"] =
      temperature ? json{{"temperature", temperature.value()}} : json::object();
  if (input.multiclass) {
    auto vector = vector_;
    const auto apply = [&](std::span<const double> logits, std::span<double> p) {
      vector.value().apply(logits, p);
    };
    out["vector"] =
        vector ? losses_json(input, map_cases(apply, input), "", view, options)
               : losses_json(input, unmapped, vector.error().reason, view, options);
    out["vector"]["parameters"] = json::object();
    for (size_t k = 0; vector && k < input.columns.size(); ++k) {
      out["vector"]["parameters"][view.predictions->names[k]] = {
          {"weight", vector.value().weights[k]}, {"bias", vector.value().biases[k]}};
    }
  }
  const auto unfitted = [&](auto maps) {
    if (maps.empty()) maps.assign(input.columns.size(), Failure{kNoValidation});
    return maps;
  };
  out["platt"] = labelwise_json(unfitted(platt_), input, view, options, true);
  out["isotonic"] = labelwise_json(unfitted(isotonic_), input, view, options, false);
  out["beta"] = labelwise_json(unfitted(beta_), input, view, options, false);
  return out;
}

}  // namespace medgraft::evaluation
