#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/data/split.h"

namespace medgraft::app {
namespace {

using data::Split;
using nlohmann::json;

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

double parse_share(const std::string& flag, const std::string& text) {
  const auto share = parse_double(text);
  require(share && *share >= 0 && *share <= 1, flag, " takes shares from 0 to 1, got \"",
          text, "\"");
  return *share;
}

Split parse_split(const std::string& flag, const std::string& name) {
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    if (name == data::to_string(split)) return split;
  }
  throw UserError(text(flag, " takes train, val and test, got \"", name, "\""));
}

// "0.7,0.1,0.2": of train, val and test.
void read_fractions(const std::string& written, data::SplitOptions& options) {
  const auto parts = parts_of(written);
  require(parts.size() == 3,
          "--fractions takes the shares of train, val and test, such as "
          "0.7,0.1,0.2; got \"",
          written, "\"");
  options.train = parse_share("--fractions", parts[0]);
  options.val = parse_share("--fractions", parts[1]);
  options.test = parse_share("--fractions", parts[2]);
}

// "val=0.1": shares of what is not kept; the remainder trains.
void read_carve(const std::string& written, data::SplitOptions& options) {
  for (const auto& part : parts_of(written)) {
    const auto equals = part.find('=');
    require(equals != std::string::npos,
            "--carve takes SPLIT=SHARE, such as val=0.1; got \"", part, "\"");
    const auto split = parse_split("--carve", part.substr(0, equals));
    const double share = parse_share("--carve", part.substr(equals + 1));
    require(split != Split::kTrain, "--carve names val or test; the rest is train");
    (split == Split::kVal ? options.val : options.test) = share;
  }
  require(options.val + options.test <= 1, "--carve takes more than there is: \"",
          written, "\"");
  options.train = 1 - options.val - options.test;
}

void report(const data::Dataset& dataset, const data::SplitResult& result, bool as_json) {
  json out = {{"manifest", dataset.info.manifest.string()},
              {"cases", {{"train", 0}, {"val", 0}, {"test", 0}, {"none", 0}}},
              {"set_aside", result.num_set_aside},
              {"by", dataset.info.patients_are_known ? "patient" : "case"}};
  for (const Split split : result.splits) {
    auto& count =
        out["cases"]
           [std::string(split == Split::kNone ? "none" : data::to_string(split))];
    count = count.get<int64_t>() + 1;
  }
  if (as_json) {
    std::printf("%s\n", out.dump(2, ' ', false, json::error_handler_t::replace).c_str());
    return;
  }
  const auto& cases = out["cases"];
  std::printf("%s: %s train, %s val, %s test cases%s\n", dataset.info.manifest.c_str(),
              cases["train"].dump().c_str(), cases["val"].dump().c_str(),
              cases["test"].dump().c_str(),
              dataset.info.patients_are_known ? "" : "; patients are not known: by case");
  if (result.num_set_aside > 0) {
    std::printf(
        "%lld cases are left without a split: their patients or duplicates are in a kept "
        "one\n",
        static_cast<long long>(result.num_set_aside));
  }
}

}  // namespace

int run_data_split(Arguments arguments) {
  CommandLine line(
      "data split",
      "Assigns patients to train, val and test, stratified by label and site, and writes "
      "that into the manifest.");
  std::string path, by = "patient", fractions, keep, carve, by_date;
  uint64_t seed = 0;
  auto& app = line.app();
  app.add_option("dataset", path, "folder with a dataset.toml, or that file")->required();
  app.add_option("--by", by, "patient: no patient is ever in two splits")
      ->capture_default_str();
  app.add_option("--fractions", fractions,
                 "shares of train,val,test, such as 0.7,0.1,0.2");
  app.add_option("--seed", seed, "which random split")->capture_default_str();
  app.add_option("--keep", keep, "published splits to leave as they are, such as test");
  app.add_option("--carve", carve,
                 "shares of the rest, such as val=0.1; the rest is train");
  app.add_option("--by-date", by_date,
                 "a column of dates: the earliest patients train, the latest test");
  bool duplicates_together = false;
  app.add_flag("--duplicates-together", duplicates_together,
               "read all images, and keep duplicates and mirror images in one split");
  if (!line.parse(arguments)) return 0;
  require(by == "patient", "--by takes patient, got \"", by, "\"");
  require(fractions.empty() != carve.empty(),
          "data split takes either --fractions TRAIN,VAL,TEST or --carve SPLIT=SHARE");

  data::SplitOptions options;
  options.seed = seed;
  if (!fractions.empty()) read_fractions(fractions, options);
  if (!carve.empty()) read_carve(carve, options);
  if (!keep.empty()) {
    for (const auto& name : parts_of(keep)) {
      options.keep.push_back(parse_split("--keep", name));
    }
  }
  for (const Split split : options.keep) {
    const bool is_carved =
        !carve.empty() && ((split == Split::kVal && options.val > 0) ||
                           (split == Split::kTest && options.test > 0));
    require(!is_carved, "--carve would add cases to split ", data::to_string(split),
            ", which --keep leaves as it is");
  }
  const auto dataset = data::read_dataset(path, {.allow_patient_leaks = true});
  if (duplicates_together) {
    options.together = data::find_duplicate_cases(dataset, line.common().num_threads());
  }
  if (!by_date.empty()) options.dates = data::read_case_column(dataset, by_date);
  const auto result = data::assign_splits(dataset, options);
  data::write_splits(dataset, result.splits);
  report(dataset, result, line.common().json);
  return 0;
}

}  // namespace medgraft::app
