#include "medgraft/evaluation/tidy_table.h"

#include <gtest/gtest.h>

namespace medgraft::evaluation {
namespace {

TEST(TidyTableTest, HasARowAValueWhereverItStands) {
  const auto document = nlohmann::json::parse(R"({
    "models": {"m": {"splits": {"test": {
      "n_cases": 4,
      "metrics": {"auroc": {"value": 0.5, "ci_low": 0.25, "ci_high": 0.75,
        "method": "delong logit", "n_cases": 4, "n_patients": 4, "reason": null}},
      "subgroups": {"sex": {"F": {"tpr": {"value": null, "ci_low": null, "ci_high": null,
        "method": "none", "n_cases": 2, "n_patients": null, "reason": "too small, 2"}}}},
      "reliability": [{"low": 0, "rate": {"value": 1, "ci_low": 0.5, "ci_high": 1}}]}}}},
    "cells": [{"name": "A", "split": "test", "metric": "nll", "value": 1, "ci_low": 0.5,
      "ci_high": 2, "method": "crossed seeds t", "n_cases": 4, "n_patients": 4}],
    "comparisons": [{"a": "m", "b": "n", "split": "test", "metric": "nll",
      "difference": 0.5, "ci_low": -1, "ci_high": 2, "test": "paired bootstrap",
      "verdict": "inconclusive"}]})");
  EXPECT_EQ(tidy_table(document),
            "model,split,section,label,metric,value,ci_low,ci_high,method,n_cases,"
            "n_patients,reason\n"
            "m,test,metrics,,auroc,0.5,0.25,0.75,delong logit,4,4,\n"
            "m,test,reliability,0,rate,1,0.5,1,,,,\n"
            "m,test,subgroups,sex/F,tpr,,,,none,2,,\"too small, 2\"\n"
            "A,test,cells,,nll,1,0.5,2,crossed seeds t,4,4,\n"
            "m - n,test,comparisons,inconclusive,nll,0.5,-1,2,paired bootstrap,,,\n");
}

}  // namespace
}  // namespace medgraft::evaluation
