#include <span>

#include "commands.h"

namespace {

using medgraft::app::Command;

constexpr Command kCommands[] = {
    {"model", "list, describe and convert networks", medgraft::app::run_model},
    {"pretrain", "train a network on natural photographs", medgraft::app::run_pretrain},
    {"finetune", "train a network on medical images, from an upstream one",
     medgraft::app::run_finetune},
    {"predict", "write a network's probabilities for images or a data set",
     medgraft::app::run_predict},
};

}  // namespace

int main(int argc, char** argv) {
  return medgraft::app::run_program(kCommands, {argv + 1, argv + argc});
}
