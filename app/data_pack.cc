#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/error.h"
#include "medgraft/data/pack.h"
#include "progress.h"

namespace medgraft::app {
namespace {

void report(const data::PackReport& packed, const CommonOptions& common) {
  for (const auto& line : packed.unreadable) {
    if (!common.quiet) std::fprintf(stderr, "unreadable: %s\n", line.c_str());
  }
  if (common.json) {
    const nlohmann::json out = {{"folder", *common.out},
                                {"images", packed.num_images},
                                {"shards", packed.num_shards},
                                {"resumed", packed.num_resumed},
                                {"unreadable", packed.unreadable}};
    std::printf(
        "%s\n",
        out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!common.quiet) {
    std::printf("%s: %lld images in %lld shards\n", common.out->c_str(),
                static_cast<long long>(packed.num_images),
                static_cast<long long>(packed.num_shards));
  }
}

}  // namespace

int run_data_pack(Arguments arguments) {
  CommandLine line("data pack",
                   "Decodes and resizes a data set's images into WebDataset tar shards, "
                   "which every command reads like the data set itself.");
  std::string dataset;
  data::PackOptions options;
  int64_t shard_megabytes = 1024;
  auto& app = line.app();
  app.add_option("dataset", dataset, "folder with a dataset.toml, or that file")
      ->required();
  app.add_option("--size", options.size, "pixels a side: images become SIZE x SIZE")
      ->required();
  app.add_flag("--keep-aspect", options.keep_aspect,
               "SIZE is the shorter side instead; smaller images stay as they are");
  app.add_option("--bits", options.bits,
                 "8 or 16 a sample; by default 16 where an image is deeper than 8");
  app.add_option("--shard-megabytes", shard_megabytes, "how long a shard may become")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--max-unreadable", options.max_unreadable,
                 "how many images may be left out because they cannot be read")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  line.set_footer(
      "The same command goes on after an interruption; the same images give the same "
      "bytes.");
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(common.out.has_value(), "data pack takes --out FOLDER");
  require(app.count("--bits") == 0 || options.bits != 0,
          "--bits is 0; 8 and 16 are accepted");
  options.force = common.force;
  options.shard_bytes = shard_megabytes << 20;
  options.threads = common.num_threads();

  std::filesystem::create_directories(*common.out);
  std::optional<Progress> progress;
  options.on_progress = [&](int64_t done, int64_t total) {
    if (!progress) progress.emplace("pack", total, common.quiet || common.json);
    progress->update(done, "images");
  };
  const auto packed = data::pack_dataset(dataset, *common.out, options);
  progress.reset();
  report(packed, common);
  return 0;
}

}  // namespace medgraft::app
