#include <algorithm>
#include <cstdio>
#include <future>
#include <vector>

#include "bench_commands.h"
#include "command_line.h"
#include "machine.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/base/version.h"
#include "medgraft/data/image_list.h"
#include "medgraft/data/loader.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::app {
namespace {

using nlohmann::json;
using Images = std::vector<Result<image::Image>>;

constexpr auto kUsualProgram = "decode|resize(224)|to_rgb|normalize(-1,1)";

// The batch as a network takes it: one block [N, H, W, C] where the sizes agree.
void gather(Images& images, std::vector<float>& block) {
  block.clear();
  for (auto& image : images) {
    const auto& pixels = image.value().pixels;
    block.insert(block.end(), pixels.begin(), pixels.end());
  }
}

// Reads every image once, one batch ahead of its use, as training does.
void read_all(const data::Loader& loader, int64_t count, int64_t batch) {
  const auto load = [&](int64_t first) {
    std::vector<data::Draw> draws;
    for (int64_t i = first; i < std::min(first + batch, count); ++i) {
      draws.push_back({i, static_cast<uint64_t>(i)});
    }
    return loader.load(draws);
  };
  std::vector<float> block;
  auto ahead = std::async(std::launch::async, load, 0);
  for (int64_t first = 0; first < count; first += batch) {
    auto images = ahead.get();
    if (first + batch < count)
      ahead = std::async(std::launch::async, load, first + batch);
    for (auto& image : images) {
      require(image.has_value(), image.has_value() ? "" : image.error().reason);
    }
    gather(images, block);
  }
}

void report(const json& result, const CommonOptions& common) {
  if (common.out) {
    require(common.force || !std::filesystem::exists(*common.out), *common.out,
            " exists; choose another --out, or pass --force to replace it");
    write_file_atomically(*common.out, result.dump(2) + "\n");
  }
  if (common.json) {
    std::printf("%s\n", result.dump(2).c_str());
  } else if (!common.quiet) {
    std::printf("%lld images in %.2f s: %.1f images a second\n",
                static_cast<long long>(result["images"].get<int64_t>()),
                result["seconds"].get<double>(),
                result["images_per_second"].get<double>());
  }
}

}  // namespace

int run_bench_data(Arguments arguments) {
  CommandLine line("bench data",
                   "Reads every image once, as training does, and says how many a second "
                   "went from file to normalized tensor.");
  std::vector<std::string> paths;
  std::string program = kUsualProgram;
  int64_t batch = 32;
  bool exact = false;
  line.app()
      .add_option("--images", paths,
                  "images, folders, tar files, file.tar#member, file.npz#array/row, or "
                  "data sets")
      ->required();
  line.app().add_option("--preprocess", program, "program")->capture_default_str();
  line.app()
      .add_option("--batch", batch, "images at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  line.app().add_flag("--exact", exact,
                      "decode as evaluation does: JPEG never at a reduced scale");
  line.set_footer("Operations, separated by |:\n" + image::describe_operations());
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  const int threads = common.num_threads();

  data::Dataset dataset;
  for (auto& path : data::list_images(paths)) {
    dataset.images.push_back({std::move(path), "", "", 0, 0});
  }
  const auto count = std::ssize(dataset.images);
  keep_freed_pages();
  const double start = monotonic_seconds();
  const data::Loader loader(
      dataset, program, {.threads = threads, .cache_bytes = 0, .is_training = !exact});
  read_all(loader, count, batch);
  const double seconds = monotonic_seconds() - start;
  report({{"images", count},
          {"images_per_second", static_cast<double>(count) / seconds},
          {"seconds", seconds},
          {"preprocess", image::Program::parse(program).text()},
          {"batch", batch},
          {"threads", threads},
          {"reduced_jpeg", !exact},
          {"version", build::kVersion},
          {"compiler", build::kCompiler},
          {"build_type", build::kBuildType},
          {"machine", describe_host()}},
         common);
  return 0;
}

}  // namespace medgraft::app
