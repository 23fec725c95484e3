#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/models/cost.h"
#include "medgraft/models/weights.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kDefaultClasses = 1000;
constexpr int64_t kDefaultResolution = 224;

int run_list(Arguments arguments) {
  CommandLine line("model list", "lists the networks");
  if (!line.parse(arguments)) return 0;
  auto list = json::array();
  for (const auto& entry : models::architectures()) {
    const auto cost = models::count_cost(entry, kDefaultClasses, kDefaultResolution);
    list.push_back({{"name", entry.name},
                    {"units", entry.units},
                    {"width", entry.width},
                    {"parameters", {{"backbone", cost.backbone_parameters}}},
                    {"summary", entry.summary}});
    if (line.common().json) continue;
    std::printf(
        "%-9s %8s M parameters  %s\n", std::string(entry.name).c_str(),
        format_fixed(static_cast<double>(cost.backbone_parameters) / 1e6, 1).c_str(),
        std::string(entry.summary).c_str());
  }
  if (line.common().json) std::cout << list.dump(2) << std::endl;
  return 0;
}

json describe(const models::Architecture& architecture, int64_t classes,
              int64_t resolution) {
  constexpr double kGigabyte = 1 << 30;
  const auto cost = models::count_cost(architecture, classes, resolution);
  auto plan = json::array();
  for (const int64_t batch : {1, 8, 32, 128, 512}) {
    plan.push_back(
        {{"micro_batch", batch},
         {"training_gib",
          static_cast<double>(models::training_bytes(cost, batch)) / kGigabyte}});
  }
  return {{"name", architecture.name},
          {"units", architecture.units},
          {"width", architecture.width},
          {"classes", classes},
          {"parameters",
           {{"backbone", cost.backbone_parameters},
            {"head", cost.head_parameters},
            {"total", cost.parameters()}}},
          {"resolution", resolution},
          {"flops", 2 * cost.multiply_adds},
          {"multiply_adds", cost.multiply_adds},
          {"activation_bytes", cost.activation_bytes},
          {"memory_plan", plan}};
}

void print_description(const json& info) {
  const auto millions = [](const json& count) {
    return format_fixed(count.get<double>() / 1e6, 2);
  };
  std::printf("%s: %s M parameters, %s M of them in the head of %s classes\n",
              info["name"].get<std::string>().c_str(),
              millions(info["parameters"]["total"]).c_str(),
              millions(info["parameters"]["head"]).c_str(),
              info["classes"].dump().c_str());
  std::printf(
      "at %s px: %s billion multiply-adds an image, %s MiB of activations\n",
      info["resolution"].dump().c_str(),
      format_fixed(info["multiply_adds"].get<double>() / 1e9, 2).c_str(),
      format_fixed(info["activation_bytes"].get<double>() / (1 << 20), 1).c_str());
  for (const auto& plan : info["memory_plan"]) {
    std::printf("  training %4s images at a time: about %s GiB (float32, an estimate)\n",
                plan["micro_batch"].dump().c_str(),
                format_fixed(plan["training_gib"], 1).c_str());
  }
}

int run_info(Arguments arguments) {
  CommandLine line("model info", "describes a network or a weight file");
  std::string model;
  int64_t resolution = kDefaultResolution, classes = kDefaultClasses;
  line.app()
      .add_option("model", model, "a name of `model list`, or a weight file")
      ->required();
  line.app()
      .add_option("--resolution", resolution, "pixels a side")
      ->capture_default_str();
  line.app()
      .add_option("--classes", classes, "rows of the head, for a bare name")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 24));
  if (!line.parse(arguments)) return 0;

  json info;
  if (fs::is_regular_file(model)) {
    const auto weights = models::read_weights(model);
    const auto head = weights.tensors.find("head.weight");
    info = describe(models::recognize(weights, model),
                    head == weights.tensors.end() ? 0 : head->second.size(0), resolution);
    // A head may read more than the features of one image: several views, attributes.
    int64_t beside_backbone = 0;
    for (const auto& [name, tensor] : weights.tensors) {
      const bool is_head = name.starts_with("head.") || name.starts_with("fusion.");
      if (is_head) beside_backbone += tensor.numel();
    }
    auto& parameters = info["parameters"];
    parameters["head"] = beside_backbone;
    parameters["total"] = parameters["backbone"].get<int64_t>() + beside_backbone;
    info["metadata"] = weights.metadata;
  } else {
    info = describe(models::architecture(model), classes, resolution);
  }
  if (line.common().json) {
    std::cout << info.dump(2) << std::endl;
  } else {
    print_description(info);
  }
  return 0;
}

int run_convert(Arguments arguments) {
  CommandLine line("model convert", "converts weights between .npz and .safetensors");
  std::string in, out, naming = "medgraft";
  line.app().add_option("in", in, ".npz or .safetensors")->required();
  line.app().add_option("out", out, ".npz (published names) or .safetensors")->required();
  line.app()
      .add_option("--naming", naming, "names in a .safetensors: medgraft or timm")
      ->check(CLI::IsMember({"medgraft", "timm"}));
  if (!line.parse(arguments)) return 0;
  require(line.common().force || !fs::exists(out), out,
          " exists; choose another file, or pass --force to replace it");
  const auto weights = models::read_weights(in);
  models::recognize(weights, in);
  models::write_weights(
      out, weights.tensors,
      naming == "timm" ? models::Naming::kTimm : models::Naming::kMedgraft,
      weights.metadata);
  return 0;
}

constexpr Command kCommands[] = {
    {"list", "lists the networks", run_list},
    {"info", "describes a network or a weight file", run_info},
    {"convert", "converts weights between .npz and .safetensors", run_convert},
};

}  // namespace

int run_model(Arguments arguments) {
  return run_subcommand("model", kCommands, arguments);
}

}  // namespace medgraft::app
