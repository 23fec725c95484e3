#include <span>

#include "commands.h"

namespace {

using medgraft::app::Command;

constexpr Command kCommands[] = {
    {"data", "import, inspect, split, pack and show data sets", medgraft::app::run_data},
    {"model", "list, describe and convert networks", nullptr},
    {"pretrain", "train a network on natural photographs", nullptr},
    {"finetune", "train a network on medical images, from an upstream one", nullptr},
    {"predict", "write a network's probabilities for images or a data set", nullptr},
    {"evaluate", "score predictions, with intervals and comparisons",
     medgraft::app::run_evaluate},
    {"study", "plan, run and follow a whole study", medgraft::app::run_study},
    {"report", "write a study's report", medgraft::app::run_report},
    {"bench", "measure the speed of this machine", medgraft::app::run_bench},
    {"completion", "print completions for bash, zsh or fish",
     medgraft::app::run_completion},
};

}  // namespace

int main(int argc, char** argv) {
  return medgraft::app::run_program(kCommands, {argv + 1, argv + argc});
}
