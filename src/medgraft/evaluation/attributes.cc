#include "medgraft/evaluation/attributes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"

namespace medgraft::evaluation {
namespace {

constexpr size_t kMostNumbers = 20;     // Distinct ones that are still categories.
constexpr size_t kMostCategories = 50;  // More are names, dates or free text.
constexpr size_t kMostIntersections = 200;

std::optional<double> finite(const std::string& value) {
  const auto number = parse_double(value);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

// "<40", "40-59", ">=60"; "0.5 to below 1.5" where edges are no whole numbers.
std::vector<std::string> bin_names(const std::vector<double>& edges) {
  const bool whole = std::all_of(edges.begin(), edges.end(),
                                 [](double edge) { return edge == std::floor(edge); });
  std::vector<std::string> names = {text("<", format_number(edges.front()))};
  for (size_t i = 1; i < edges.size(); ++i) {
    const double low = edges[i - 1], high = edges[i];
    names.push_back(
        whole && high - low > 1 ? text(format_number(low), "-", format_number(high - 1))
        : whole                 ? format_number(low)
                : text(format_number(low), " to below ", format_number(high)));
  }
  names.push_back(text(">=", format_number(edges.back())));
  return names;
}

// The column's values of the view's rows.
std::vector<std::string> column_of(const SplitView& view,
                                   const std::vector<std::string>& column) {
  std::vector<std::string> values;
  for (const int64_t row : view.rows) values.push_back(column[static_cast<size_t>(row)]);
  return values;
}

GroupedAttribute binned(const std::string& name, const std::vector<std::string>& values,
                        const std::vector<double>& edges) {
  require(!edges.empty() && std::is_sorted(edges.begin(), edges.end()) &&
              std::adjacent_find(edges.begin(), edges.end()) == edges.end(),
          "--bins ", name, " needs ascending edges, as ", name, "=40,60,80");
  GroupedAttribute out{name, bin_names(edges), {}};
  for (const auto& value : values) {
    const auto number = finite(value);
    require(value.empty() || number, "--bins names ", name,
            ", which has values that are no numbers; bins are for numbers");
    const auto bin = std::upper_bound(edges.begin(), edges.end(), number.value_or(0));
    out.group_of_row.push_back(number ? static_cast<int32_t>(bin - edges.begin()) : -1);
  }
  return out;
}

GroupedAttribute categorical(const std::string& name,
                             const std::vector<std::string>& values,
                             const std::set<std::string>& distinct) {
  GroupedAttribute out{name, {distinct.begin(), distinct.end()}, {}};
  for (const auto& value : values) {
    const auto place = std::lower_bound(out.groups.begin(), out.groups.end(), value);
    out.group_of_row.push_back(
        value.empty() ? -1 : static_cast<int32_t>(place - out.groups.begin()));
  }
  return out;
}

// Why an attribute without bins is no set of groups; empty where it is one.
std::string reason_to_exclude(const std::string& name,
                              const std::set<std::string>& distinct) {
  const auto count = distinct.size();
  const bool numeric = std::all_of(distinct.begin(), distinct.end(),
                                   [](const auto& value) { return finite(value); });
  if (count == 0) return "no case has a value";
  if (numeric && count > kMostNumbers) {
    return text("numeric with ", count, " values; declare --bins ", name,
                "=EDGE,EDGE...");
  }
  if (count > kMostCategories) {
    return text(count, " values; at most ", kMostCategories, " groups are compared");
  }
  return "";
}

void add(const std::string& name, const std::vector<std::string>& values,
         const EvaluateOptions& options, GroupedAttributes& out) {
  for (const auto* bins : {&options.bins, &options.declared_bins}) {
    if (const auto found = bins->find(name); found != bins->end()) {
      out.items.push_back(binned(name, values, found->second));
      return;
    }
  }
  std::set<std::string> distinct(values.begin(), values.end());
  distinct.erase("");
  if (auto reason = reason_to_exclude(name, distinct); !reason.empty()) {
    out.excluded[name] = std::move(reason);
  } else {
    out.items.push_back(categorical(name, values, distinct));
  }
}

GroupedAttribute intersection(const GroupedAttribute& a, const GroupedAttribute& b) {
  const int32_t width = b.num_groups();
  std::vector<int32_t> crossed;
  for (size_t i = 0; i < a.group_of_row.size(); ++i) {
    const bool known = a.group_of_row[i] >= 0 && b.group_of_row[i] >= 0;
    crossed.push_back(known ? a.group_of_row[i] * width + b.group_of_row[i] : -1);
  }
  std::set<int32_t> present(crossed.begin(), crossed.end());
  present.erase(-1);
  GroupedAttribute out{text(a.name, "+", b.name), {}, {}, true};
  std::map<int32_t, int32_t> number;
  for (const int32_t group : present) {
    number[group] = out.num_groups();
    out.groups.push_back(text(a.groups[static_cast<size_t>(group / width)], "+",
                              b.groups[static_cast<size_t>(group % width)]));
  }
  for (const int32_t group : crossed) {
    out.group_of_row.push_back(group < 0 ? -1 : number[group]);
  }
  return out;
}

void add_intersections(GroupedAttributes& out) {
  const size_t singles = out.items.size();
  for (size_t a = 0; a < singles; ++a) {
    for (size_t b = a + 1; b < singles; ++b) {
      if (out.items[a].groups.size() < 2 || out.items[b].groups.size() < 2) continue;
      auto crossed = intersection(out.items[a], out.items[b]);
      if (crossed.groups.size() > kMostIntersections) {
        out.excluded[crossed.name] = text(crossed.groups.size(), " groups; at most ",
                                          kMostIntersections, " are compared");
      } else {
        out.items.push_back(std::move(crossed));
      }
    }
  }
}

void require_known_bins(const Predictions& predictions, const EvaluateOptions& options) {
  std::vector<std::string> names;
  for (const auto& [name, _] : predictions.attributes) names.push_back(name);
  for (const auto& [name, _] : options.bins) {
    require(std::find(names.begin(), names.end(), name) != names.end(),
            "--bins names the attribute ", name, ", which the predictions lack",
            hint(name, names));
  }
}

// [patients, groups] cases.
std::vector<std::map<int32_t, int64_t>> cases_by_group(
    const SplitView& view, const GroupedAttribute& attribute) {
  std::vector<std::map<int32_t, int64_t>> cases(static_cast<size_t>(view.num_patients));
  for (size_t i = 0; i < view.patient_index.size(); ++i) {
    if (attribute.group_of_row[i] < 0) continue;
    ++cases[static_cast<size_t>(view.patient_index[i])][attribute.group_of_row[i]];
  }
  return cases;
}

}  // namespace

int64_t GroupedAttribute::num_unknown() const {
  return std::count(group_of_row.begin(), group_of_row.end(), -1);
}

GroupedAttributes grouped_attributes(const SplitView& view,
                                     const EvaluateOptions& options) {
  require_known_bins(*view.predictions, options);
  GroupedAttributes out;
  for (const auto& [name, column] : view.predictions->attributes) {
    add(name, column_of(view, column), options, out);
  }
  const auto sites = view.predictions->sites.empty()
                         ? std::vector<std::string>(view.rows.size())
                         : column_of(view, view.predictions->sites);
  std::set<std::string> distinct(sites.begin(), sites.end());
  distinct.erase("");
  if (distinct.size() > 1) add("site", sites, options, out);
  add_intersections(out);
  return out;
}

statistics::Grouping group_patients(const SplitView& view,
                                    const GroupedAttribute& attribute) {
  statistics::Grouping out;
  out.num_groups = attribute.num_groups();
  out.patient_of_row.assign(view.patient_index.begin(), view.patient_index.end());
  for (const auto& cases : cases_by_group(view, attribute)) {
    const auto most = std::max_element(
        cases.begin(), cases.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    out.group_of_patient.push_back(most == cases.end() ? -1 : most->first);
  }
  return out;
}

int64_t num_patients_of_several_groups(const SplitView& view,
                                       const GroupedAttribute& attribute) {
  const auto cases = cases_by_group(view, attribute);
  return std::count_if(cases.begin(), cases.end(),
                       [](const auto& own) { return own.size() > 1; });
}

}  // namespace medgraft::evaluation
