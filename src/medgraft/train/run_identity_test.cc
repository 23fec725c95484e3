#include <gtest/gtest.h>

#include "medgraft/train/run_identity_config.h"

namespace medgraft::train {
namespace {

const RunInputs kInputs{"finetune", {"m", "i"}, {}, "scratch"};

std::string id_of(const RunConfig& config) {
  return config::run_id(run_identity(config, kInputs));
}

// Written down when identity version 1 was frozen: a change here orphans every old run.
TEST(RunIdentityTest, DefaultRunKeepsItsId) {
  EXPECT_EQ(config::canonical_json(run_identity(RunConfig{}, kInputs)),
            "{\"command\":\"finetune\",\"dataset\":{\"info\":\"i\",\"manifest\":\"m\"},"
            "\"init\":\"scratch\"}");
}

TEST(RunIdentityTest, OnlyWhatChangesTheResultChangesTheId) {
  RunConfig same;
  same.data.dataset = {"elsewhere"};
  same.train.log_every = 3;
  same.train.micro_batch = 8;
  EXPECT_EQ(id_of(same), id_of({}));
  RunConfig other;
  other.train.seed = 1;
  EXPECT_NE(id_of(other), id_of({}));
}

TEST(RunIdentityTest, SearchedRateIsNotPartOfTheId) {
  RunConfig low, high, wider;
  low.search.lr = high.search.lr = {0.01, 0.1};
  low.train.lr = 0.01;
  high.train.lr = 0.1;
  wider.search.lr = {0.01, 0.1, 1};
  EXPECT_EQ(id_of(low), id_of(high));
  EXPECT_NE(id_of(low), id_of(wider));
}

}  // namespace
}  // namespace medgraft::train
