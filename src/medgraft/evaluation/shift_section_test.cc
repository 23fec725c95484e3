#include "medgraft/evaluation/shift_section.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/corruption_section.h"
#include "medgraft/evaluation/detection_section.h"
#include "medgraft/evaluation/joint_patients.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr double kExact = 1e-12;

EvaluateOptions with_replicates(int64_t replicates) {
  EvaluateOptions options;
  options.replicates = replicates;
  options.threads = 2;
  return options;
}

// A file that grows case by case: one label, patients of two cases each.
struct File {
  Predictions predictions;
  std::vector<std::string> names = {"finding"};

  void add(const std::string& split, int64_t index, double y, double p,
           const std::string& patient) {
    auto& out = predictions;
    out.names = names;
    out.cases.push_back(text("case", index));
    out.patients.push_back(patient);
    out.splits.push_back(split);
    out.sites.emplace_back();
    out.labels.push_back(y);
    out.probabilities.push_back(p);
  }
};

SplitView view_of(const Predictions& predictions, const std::string& split) {
  SplitView view;
  view.predictions = &predictions;
  view.split = split;
  std::map<std::string, int64_t> patients;
  for (int64_t i = 0; i < predictions.num_cases(); ++i) {
    if (predictions.splits[static_cast<size_t>(i)] != split) continue;
    view.rows.push_back(i);
    const auto& patient = predictions.patients[static_cast<size_t>(i)];
    view.patient_index.push_back(
        patients.emplace(patient, std::ssize(patients)).first->second);
  }
  view.num_patients = std::ssize(patients);
  return view;
}

// @param offset moves the probabilities of one set.
void add_set(File& file, const std::string& split, int64_t cases, double prevalence,
             double offset, const std::string& patient_prefix) {
  Rng rng(7);
  for (int64_t i = 0; i < cases; ++i) {
    const double y = rng.uniform() < prevalence;
    const double z = 1.5 * (y - 0.5) + rng.normal() + offset;
    file.add(split, i, y, 1 / (1 + std::exp(-z)), text(patient_prefix, i / 2));
  }
}

TEST(ShiftSection, ResamplesCopiesOfTheSameCasesInPairs) {
  File file;
  add_set(file, "test", 120, 0.4, 0, "p");
  add_set(file, "ood-same", 120, 0.4, 0, "p");
  const auto id = view_of(file.predictions, "test");
  const auto ood = view_of(file.predictions, "ood-same");
  const auto out = shift_json(id, ood, with_replicates(200));
  EXPECT_EQ(out["resampling"], "paired");
  for (const auto& [metric, entry] : out["metrics"].items()) {
    EXPECT_EQ(entry["difference"]["value"], 0) << metric;
    EXPECT_EQ(entry["difference"]["ci_low"], 0) << metric;
    EXPECT_EQ(entry["difference"]["ci_high"], 0) << metric;
    EXPECT_EQ(entry["ratio"]["value"], 1) << metric;
  }
}

TEST(ShiftSection, DrawsPatientsOfTwoSetsIndependently) {
  File file;
  add_set(file, "test", 400, 0.4, 0, "a");
  add_set(file, "ood-other", 300, 0.5, 1, "b");
  for (auto& patient : file.predictions.patients) {
    patient += text("-", &patient - file.predictions.patients.data());  // All distinct.
  }
  const auto id = view_of(file.predictions, "test");
  const auto ood = view_of(file.predictions, "ood-other");
  const auto out = shift_json(id, ood, with_replicates(2000));
  EXPECT_EQ(out["resampling"], "independent");
  const auto& entry = out["metrics"]["accuracy"];
  const double a = entry["id"]["value"], b = entry["ood"]["value"];
  const auto& difference = entry["difference"];
  EXPECT_NEAR(difference["value"], b - a, kExact);
  EXPECT_NEAR(entry["ratio"]["value"], b / a, kExact);
  EXPECT_EQ(difference["n_cases"], 700);
  // The normal approximation of two independent proportions.
  const double half = 1.96 * std::sqrt(a * (1 - a) / 400 + b * (1 - b) / 300);
  const double low = difference["ci_low"], high = difference["ci_high"];
  EXPECT_NEAR((high - low) / 2, half, 0.1 * half);
}

TEST(ShiftSection, ReweightingUndoesAChangeOfPrevalence) {
  File file;
  add_set(file, "test", 200, 0.4, 0, "a");
  const auto clean = file.predictions;
  // The same cases, each negative three times: only the prevalence differs.
  for (int64_t i = 0; i < clean.num_cases(); ++i) {
    const auto row = static_cast<size_t>(i);
    const int copies = clean.labels[row] > 0.5 ? 1 : 3;
    for (int copy = 0; copy < copies; ++copy) {
      file.add("ood-rare", 1000 * copy + i, clean.labels[row], clean.probabilities[row],
               text("b", i, "-", copy));
    }
  }
  const auto id = view_of(file.predictions, "test");
  const auto ood = view_of(file.predictions, "ood-rare");
  const auto out = shift_json(id, ood, with_replicates(0));
  for (const auto& [metric, entry] : out["reweighted"]["metrics"].items()) {
    const double of_id = entry["id"]["value"], of_ood = entry["ood"]["value"];
    EXPECT_GT(std::abs(of_ood - of_id), 1e-3) << metric;
    EXPECT_NEAR(entry["reweighted"]["value"], of_id, kExact) << metric;
  }
  EXPECT_NEAR(out["metrics"]["auroc"]["difference"]["value"], 0, kExact);
  EXPECT_TRUE(out["metrics"]["auroc"]["difference"]["ci_low"].is_null());
}

TEST(ShiftSection, TransfersTheFrozenThreshold) {
  File file;
  for (int i = 0; i < 4; ++i) file.add("test", i, i % 2, 0.2 + 0.2 * i, text("a", i));
  for (int i = 0; i < 4; ++i) file.add("ood-b", i, i % 2, 0.1 + 0.1 * i, text("b", i));
  auto id = view_of(file.predictions, "test");
  auto ood = view_of(file.predictions, "ood-b");
  id.thresholds = ood.thresholds = {0.4};
  const auto out = shift_json(id, ood, with_replicates(0));
  const auto& transfer = out["threshold_transfer"]["finding"];
  EXPECT_EQ(transfer["threshold"], 0.4);
  EXPECT_EQ(transfer["sensitivity"]["id"]["value"], 1);     // 0.4 and 0.8.
  EXPECT_EQ(transfer["sensitivity"]["ood"]["value"], 0.5);  // 0.2 and 0.4.
  EXPECT_EQ(transfer["specificity"]["ood"]["value"], 1);
}

TEST(ShiftSection, ListsLabelsThatCannotBeCompared) {
  File file;
  add_set(file, "test", 40, 0.5, 0, "a");
  for (int i = 0; i < 3; ++i) file.add("ood-b", i, 0, 0.1, text("b", i));
  const auto out = shift_json(view_of(file.predictions, "test"),
                              view_of(file.predictions, "ood-b"), with_replicates(20));
  EXPECT_TRUE(out["labels"].empty());
  EXPECT_EQ(out["excluded_labels"][0]["label"], "finding");
  EXPECT_EQ(out["excluded_labels"][0]["reason"], "ood-b has 3 cases, none positive");
  EXPECT_TRUE(out["metrics"]["auroc"]["id"]["value"].is_null());
  EXPECT_TRUE(out["metrics"]["auroc"]["difference"]["reason"].is_string());
}

TEST(ShiftSection, CarriesAFrozenTemperature) {
  File file;
  add_set(file, "test", 200, 0.5, 0, "a");
  add_set(file, "ood-b", 100, 0.5, 0.5, "b");
  const auto id = view_of(file.predictions, "test");
  const auto ood = view_of(file.predictions, "ood-b");
  const auto same = shift_json(id, ood, with_replicates(0), 1.0)["calibration"];
  EXPECT_NEAR(same["ece_at_temperature"]["ood"]["value"], same["ece"]["ood"]["value"],
              1e-9);
  // At an infinite temperature every probability is 1/2.
  const auto flat = shift_json(id, ood, with_replicates(0), 1e12)["calibration"];
  const double prevalence = shift_json(
      id, ood, with_replicates(0))["reweighted"]["prevalence"]["finding"]["ood"];
  EXPECT_NEAR(flat["ece_at_temperature"]["ood"]["value"], std::abs(prevalence - 0.5),
              1e-9);
}

TEST(ShiftSection, ComparesClassesByTheMostProbableOne) {
  File file;
  file.names = {"a", "b", "c"};
  Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const int actual = static_cast<int>(rng.below(3));
    const bool is_ood = i >= 120;
    file.add(is_ood ? "ood-x" : "test", i, is_ood ? actual % 2 : actual, 0, text(i));
    file.predictions.probabilities.pop_back();
    for (int k = 0; k < 3; ++k) {
      file.predictions.probabilities.push_back(k == actual ? 0.5 : 0.25);
    }
  }
  file.predictions.multiclass = true;
  const auto out = shift_json(view_of(file.predictions, "test"),
                              view_of(file.predictions, "ood-x"), with_replicates(50));
  EXPECT_EQ(out["labels"], json({"a", "b"}));
  EXPECT_EQ(out["excluded_labels"][0]["reason"], "ood-x has 80 cases, none positive");
  EXPECT_EQ(out["metrics"]["accuracy"]["id"]["value"], 1);
  EXPECT_NEAR(out["metrics"]["brier"]["id"]["value"], 0.25 + 2 * 0.0625, kExact);
  EXPECT_NEAR(out["reweighted"]["metrics"]["brier"]["id"]["value"], 0.375, kExact);
}

TEST(DetectionSection, IsPerfectWhereOutsidersAreUnsure) {
  File file;
  for (int i = 0; i < 10; ++i)
    file.add("test", i, i % 2, i % 2 ? 0.9 : 0.1, text("a", i));
  for (int i = 0; i < 6; ++i) file.add("ood-far", i, 0, 0.5, text("b", i));
  const auto id = view_of(file.predictions, "test");
  const auto out = ood_detection_json(id, {view_of(file.predictions, "ood-far")}, nullptr,
                                      with_replicates(100));
  const auto& msp = out["far"]["msp"];
  EXPECT_EQ(msp["auroc"]["value"], 1);
  EXPECT_EQ(msp["auroc"]["method"], "one-sided exact bound");
  EXPECT_EQ(msp["fpr95"]["value"], 0);
  EXPECT_EQ(msp["aupr_in"]["value"], 1);
  EXPECT_EQ(msp["aupr_out"]["n_patients"], 16);
  EXPECT_TRUE(out["far"]["energy"]["auroc"]["value"].is_null());
  EXPECT_EQ(out["far"]["energy"]["auroc"]["reason"],
            "the predictions have no logit: columns");
  EXPECT_TRUE(out["far"]["knn"]["auroc"]["value"].is_null());
}

TEST(DetectionSection, LearnsFeaturesFromTraining) {
  File file;
  Rng rng(5);
  const auto feature = [&](double mean) {
    for (int d = 0; d < 2; ++d) {
      file.predictions.features.push_back(static_cast<float>(mean + 0.1 * rng.normal()));
    }
  };
  // Two classes along the diagonal; the outsiders lie across it.
  for (int i = 0; i < 160; ++i) {
    const auto split = i < 80 ? "train" : i < 120 ? "test" : "ood-far";
    file.add(split, i, i % 2, 0.5, text("p", i));
    feature(i % 2 ? 3 : 1);
    if (i >= 120) file.predictions.features.back() *= -1;
  }
  file.predictions.feature_names = {"0", "1"};
  const auto training = view_of(file.predictions, "train");
  const auto out = ood_detection_json(view_of(file.predictions, "test"),
                                      {view_of(file.predictions, "ood-far")}, &training,
                                      with_replicates(20));
  for (const char* score : {"mahalanobis", "relative_mahalanobis", "knn"}) {
    EXPECT_EQ(out["far"][score]["auroc"]["value"], 1) << score;
    EXPECT_EQ(out["far"][score]["fitted_on"]["split"], "train");
  }
  EXPECT_EQ(out["far"]["knn"]["fitted_on"]["k"], 50);
  EXPECT_EQ(out["far"]["msp"]["auroc"]["value"], 0.5);  // All equally sure.
}

TEST(CorruptionSection, AveragesOverSeverities) {
  File file;
  const auto add = [&](const std::string& split, int wrong) {
    for (int i = 0; i < 8; ++i) {
      const bool right = i >= 2 * wrong;
      file.add(split, i, i % 2, (i % 2 == 1) == right ? 0.9 : 0.1, text("p", i));
    }
  };
  add("test", 0);
  add("ood-noise-1", 1);  // One of four wrong in each class.
  add("ood-noise-2", 2);
  add("ood-blur-1", 0);
  file.add("ood-other-1", 99, 1, 0.5, "q");  // Not the same cases: no corruption.
  const auto id = view_of(file.predictions, "test");
  std::vector<SplitView> ood;
  for (const char* split : {"ood-noise-1", "ood-noise-2", "ood-blur-1", "ood-other-1"}) {
    ood.push_back(view_of(file.predictions, split));
  }
  const auto out = corruptions_json(id, ood, with_replicates(50));
  EXPECT_EQ(out["clean"]["value"], 0);
  EXPECT_EQ(out["by_corruption"].size(), 2U);
  const auto& noise = out["by_corruption"]["noise"];
  EXPECT_NEAR(noise["by_severity"]["2"]["value"], 0.5, kExact);
  EXPECT_NEAR(noise["mean"]["value"], 0.375, kExact);
  EXPECT_NEAR(out["increase"]["value"], 0.25, kExact);
  EXPECT_LT(noise["mean"]["ci_low"], 0.375);
}

TEST(JointPatients, KeepStrataOfSplitsThatShareSome) {
  File file;
  for (int i = 0; i < 6; ++i) file.add("test", i, 0, 0.5, text("p", i));
  for (int i = 4; i < 10; ++i) file.add("ood-b", i, 0, 0.5, text("p", i));
  const auto a = view_of(file.predictions, "test"),
             b = view_of(file.predictions, "ood-b");
  const JointPatients joint({&a, &b});
  EXPECT_EQ(joint.num_patients(), 10);
  EXPECT_STREQ(joint.pairing(), "partly paired");

  const auto sums = joint.bootstrap(
      2, with_replicates(30), [&](std::span<const double> counts, std::span<double> out) {
        for (size_t v = 0; v < 2; ++v) {
          out[v] = 0;
          for (const int64_t i : joint.of(v)) out[v] += counts[static_cast<size_t>(i)];
        }
      });
  for (const double sum : sums) EXPECT_EQ(sum, 6);  // Each split keeps its size.
}

}  // namespace
}  // namespace medgraft::evaluation
