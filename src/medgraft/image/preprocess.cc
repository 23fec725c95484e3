#include "medgraft/image/preprocess.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/base/rng.h"
#include "medgraft/image/operations.h"

namespace medgraft::image {
namespace {

// A side of an intermediate picture; larger asks for memory that nobody has.
constexpr double kMaximumSide = 16384;
constexpr double kLowPercentile = 1, kHighPercentile = 99;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const Operation& find_operation(std::string_view name) {
  if (name == "grayscale") name = "to_gray";
  std::vector<std::string> known;
  for (const auto& operation : operations()) {
    if (operation.name == name) return operation;
    known.emplace_back(operation.name);
  }
  throw UserError(
      medgraft::text("preprocess: unknown operation \"", name, "\"", hint(name, known)));
}

void require_values(const Operation& operation, std::string_view written,
                    const std::vector<double>& values) {
  const auto check = [&](bool ok, std::string_view accepted) {
    require(ok, "preprocess: ", written, " takes ", accepted, ", as in ", operation.form);
  };
  const auto is_size = [](double value) {
    return value >= 1 && value <= kMaximumSide && value == std::floor(value);
  };
  switch (operation.arguments) {
    case Arguments::kNone:
      break;
    case Arguments::kSize:
      check(std::all_of(values.begin(), values.end(), is_size),
            "whole numbers of pixels from 1 to 16384");
      break;
    case Arguments::kSizeAndArea:
      check(is_size(values[0]), "a whole number of pixels from 1 to 16384 first");
      check(values[1] > 0 && values[1] <= values[2] && values[2] <= 1,
            "shares of the area, 0 < low <= high <= 1");
      break;
    case Arguments::kProbability:
      check(values[0] >= 0 && values[0] <= 1, "a probability from 0 to 1");
      break;
    case Arguments::kDegrees:
      check(values[0] >= 0 && values[0] <= 180, "degrees from 0 to 180");
      break;
    case Arguments::kFactors:
      check(std::all_of(values.begin(), values.end(),
                        [](double value) { return value >= 0 && value <= 10; }) &&
                values[3] <= 0.5,
            "numbers from 0 to 10, the fourth to 0.5");
      break;
    case Arguments::kWarp:
      check(values[0] >= 0 && values[0] <= 180 && values[1] >= 0 && values[1] <= 1 &&
                values[2] >= 0 && values[2] <= 0.9 && values[3] >= 0 && values[3] <= 80,
            "degrees from 0 to 180, a share of the side from 0 to 1, a spread of the "
            "scale from 0 to 0.9 and degrees of shear from 0 to 80");
      break;
    case Arguments::kSide:
      break;
    case Arguments::kThreshold:
      check(values.empty() || (values[0] >= 0 && values[0] < 1),
            "no number, or a grey value from 0 to below 1");
      break;
    case Arguments::kPixels:
      check(values[0] >= 0 && values[0] <= 64, "a number of pixels from 0 to 64");
      break;
    case Arguments::kNoise:
      check(values[0] >= 0 && values[0] <= 1, "a standard deviation from 0 to 1");
      break;
    case Arguments::kPower:
      check(values[0] >= 1 && values[0] <= 10, "a number from 1 to 10");
      break;
    case Arguments::kTiles:
      check(values[0] >= 1 && values[0] <= 100 && is_size(values[1]) && values[1] <= 64,
            "a limit from 1 to 100 and a whole number of tiles from 1 to 64");
      break;
    case Arguments::kSeverity:
      check(values[0] >= 0 && values[0] <= 5 && values[0] == std::floor(values[0]),
            "a severity, a whole number from 0 to 5");
      break;
    case Arguments::kRange:
      check(
          values[0] != values[1] && std::isfinite(values[0]) && std::isfinite(values[1]),
          "two different numbers");
      break;
    case Arguments::kWindow:  // parse_window() checks them.
      break;
  }
}

Window parse_window(const Operation& operation, std::string_view written,
                    std::string_view inside) {
  using enum Window::Kind;
  const auto parts = split(inside, ',');
  const auto check = [&](bool ok, std::string_view accepted) {
    require(ok, "preprocess: ", written, " takes ", accepted, ", as in ", operation.form);
  };
  const auto number = [&](size_t i) {
    const auto value = parse_double(parts[i]);
    check(value && std::isfinite(*value),
          "auto, first, percentile or two numbers, the center and the width");
    return *value;
  };
  if (parts.size() == 1 && parts[0] == "auto") return {kAuto};
  if (parts.size() == 1 && parts[0] == "first") return {kFirst};
  if (parts[0] == "percentile") {
    check(parts.size() == 1 || parts.size() == 3, "no or two percentiles");
    if (parts.size() == 1) return {kPercentile, kLowPercentile, kHighPercentile};
    const Window window{kPercentile, number(1), number(2)};
    check(0 <= window.first && window.first < window.second && window.second <= 100,
          "percentiles from 0 to 100, the lower one first");
    return window;
  }
  check(parts.size() == 2,
        "auto, first, percentile or two numbers, the center and the width");
  const Window window{kFixed, number(0), number(1)};
  check(window.second > 0, "a width above 0");
  return window;
}

// @return nothing for what decode does alone.
std::string canonical_window(const Window& window) {
  const auto numbers = format_number(window.first) + "," + format_number(window.second);
  const bool is_usual =
      window.first == kLowPercentile && window.second == kHighPercentile;
  switch (window.kind) {
    case Window::Kind::kAuto:
      return "";
    case Window::Kind::kFirst:
      return "window(first)";
    case Window::Kind::kFixed:
      return "window(" + numbers + ")";
    case Window::Kind::kPercentile:
      return is_usual ? "window(percentile)" : "window(percentile," + numbers + ")";
  }
  return "";
}

constexpr std::string_view kSides[] = {"left", "right"};

std::optional<double> parse_argument(const Operation& operation, std::string_view part) {
  if (operation.arguments != Arguments::kSide) return parse_double(part);
  const auto* side = std::find(std::begin(kSides), std::end(kSides), part);
  if (side == std::end(kSides)) return std::nullopt;
  return static_cast<double>(side - kSides);
}

std::string format_argument(const Operation& operation, double value) {
  if (operation.arguments != Arguments::kSide) return format_number(value);
  return std::string(kSides[static_cast<size_t>(value)]);
}

std::vector<double> parse_arguments(const Operation& operation, std::string_view written,
                                    std::string_view inside) {
  std::vector<double> values;
  if (!trimmed(inside).empty()) {
    for (const auto part : split(inside, ',')) {
      const auto value = parse_argument(operation, part);
      require(value.has_value(), "preprocess: ", written, ": \"", part,
              operation.arguments == Arguments::kSide
                  ? "\" is neither left nor right, as in "
                  : "\" is not a number, as in ",
              operation.form);
      values.push_back(*value);
    }
  }
  require(
      values.size() >= operation.num_required && values.size() <= operation.num_allowed,
      "preprocess: ", written, " has ", values.size(), " arguments; the form is ",
      operation.form);
  if (operation.arguments == Arguments::kSize && values.size() == 1) {
    values = {values[0], values[0]};
  }
  const bool may_be_none = operation.arguments == Arguments::kThreshold;
  for (size_t i = values.size(); i < operation.num_allowed && !may_be_none; ++i) {
    values.push_back(operation.defaults[i]);
  }
  require_values(operation, written, values);
  return values;
}

std::string canonical_step(const Operation& operation, std::vector<double> values) {
  if (operation.arguments == Arguments::kSize && values[0] == values[1])
    values.pop_back();
  while (values.size() > operation.num_required &&
         operation.arguments != Arguments::kSize &&
         values.back() == operation.defaults[values.size() - 1]) {
    values.pop_back();
  }
  std::string out(operation.name);
  for (size_t i = 0; i < values.size(); ++i) {
    out += i == 0 ? '(' : ',';
    out += format_argument(operation, values[i]);
  }
  return values.empty() ? out : out + ")";
}

}  // namespace

Program Program::parse(const std::string& text) {
  Program program;
  bool is_normalized = false;
  for (const auto written : split(text, '|')) {
    require(!written.empty(), "preprocess: \"", text,
            "\" has an empty step; operations are separated by one |");
    const auto open = written.find('(');
    require(open == std::string_view::npos || written.back() == ')',
            "preprocess: ", written, " lacks its closing parenthesis");
    const auto& operation = find_operation(trimmed(written.substr(0, open)));
    const auto inside = open == std::string_view::npos
                            ? std::string_view()
                            : written.substr(open + 1, written.size() - open - 2);
    const bool is_decode = operation.apply == nullptr;
    require(is_decode == program.steps_.empty(),
            is_decode ? "preprocess: decode is given twice in \"" : "preprocess: \"",
            text, is_decode ? "\"" : "\" does not start with decode");
    require(!is_normalized || !operation.needs_unit_range, "preprocess: ", operation.name,
            " takes pixels in [0, 1], so it goes before normalize");
    is_normalized = is_normalized || operation.name == "normalize";

    const bool is_window = operation.arguments == Arguments::kWindow;
    require(!is_window || program.steps_.size() == 1, "preprocess: ", written,
            " does not directly follow decode in \"", text, "\"");
    if (is_window) program.window_ = parse_window(operation, written, inside);
    auto arguments =
        is_window ? std::vector<double>{} : parse_arguments(operation, written, inside);
    const bool varies =
        operation.is_random || operation.arguments == Arguments::kSeverity;
    if (!varies && program.num_fixed_ == program.steps_.size()) {
      ++program.num_fixed_;
    }
    program.steps_.push_back({&operation, std::move(arguments)});
  }
  program.text_ = program.canonical(program.steps_.size());
  return program;
}

std::string Program::canonical(size_t num_steps) const {
  std::string out;
  for (size_t i = 0; i < num_steps; ++i) {
    const auto& [operation, arguments] = steps_[i];
    const auto step = operation->arguments == Arguments::kWindow
                          ? canonical_window(window_)
                          : canonical_step(*operation, arguments);
    if (!out.empty() && !step.empty()) out += '|';
    out += step;
  }
  return out;
}

bool Program::is_random() const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const Step& step) { return step.operation->is_random; });
}

std::string Program::fixed_text() const { return canonical(num_fixed_); }

std::string Program::with_step_after_sizing(const std::string& step) const {
  size_t last = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto arguments = steps_[i].operation->arguments;
    const bool sizes = arguments == Arguments::kSize ||
                       arguments == Arguments::kSizeAndArea ||
                       arguments == Arguments::kWindow;
    if (sizes) last = i;
  }
  const auto before = canonical(last + 1);
  const auto behind = text_.substr(before.size());  // Begins with | or is empty.
  return parse(before + '|' + step + behind).text();
}

std::optional<Size> Program::first_resize() const {
  size_t i = 1;
  if (i < steps_.size() && steps_[i].operation->arguments == Arguments::kWindow) ++i;
  if (i >= steps_.size() || steps_[i].operation->name != "resize") return std::nullopt;
  const auto& size = steps_[i].arguments;
  return Size{static_cast<int64_t>(size[0]), static_cast<int64_t>(size[1])};
}

Image Program::run_steps(Image image, size_t first, size_t last, uint64_t key) const {
  for (size_t i = first; i < last; ++i) {
    if (!steps_[i].operation->apply) continue;
    Rng rng(mix_key({key, i}));
    image = steps_[i].operation->apply(std::move(image), steps_[i].arguments, rng);
  }
  return image;
}

Image Program::run_fixed(Image decoded) const {
  return run_steps(std::move(decoded), 0, num_fixed_, 0);
}

Image Program::run_rest(Image prepared, uint64_t key) const {
  return run_steps(std::move(prepared), num_fixed_, steps_.size(), key);
}

std::string describe_operations() {
  std::string out;
  for (const auto& operation : operations()) {
    out += medgraft::text("  ", operation.form, "\n      ", operation.summary, "\n");
  }
  return out;
}

}  // namespace medgraft::image
