#include "compute_run.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "command_line.h"
#include "compute_case_source.h"
#include "compute_device.h"
#include "compute_network.h"
#include "compute_predictions.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/sha256.h"
#include "medgraft/base/time.h"
#include "medgraft/base/version.h"
#include "medgraft/train/loop.h"
#include "medgraft/train/resolve_config.h"
#include "medgraft/train/run_identity_config.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// One data set of a run, its cases hashed for logs.
struct RunDataset {
  std::string name;  ///< Empty: the training set; else an OOD set's.
  data::Dataset dataset;
  std::map<std::string, std::string> label_map;
};

class Run {
 public:
  Run(std::string command, train::RunConfig config, const CommonOptions& options,
      fs::path folder, std::string test_access_log)
      : command_(std::move(command)),
        config_(std::move(config)),
        options_(options),
        folder_(std::move(folder)),
        test_access_log_(test_access_log.empty() ? folder_ / "test_access.jsonl"
                                                 : fs::path(test_access_log)),
        unreadable_(config_.data.max_unreadable) {}

  void execute() {
    read_inputs();
    if (is_done()) return;
    create_folder();
    try {
      resolve();
      train_and_predict();
    } catch (const Stopped&) {
      finish("pending", "stopped after a clean checkpoint");
      throw;
    } catch (const std::exception& error) {
      const std::string what = error.what();  // LibTorch's end in a stack trace.
      finish("failed", what.substr(0, what.find('\n')));
      throw;
    }
    finish("done", "");
  }

  const json& record() const { return record_; }

 private:
  void read_inputs() {
    require(!config_.data.dataset.value.empty(),
            "data.dataset is not set; name a folder with a dataset.toml");
    require(!config_.model.init.value.empty(),
            "model.init is not set; accepted: a run directory, .safetensors, .npz, "
            "\"scratch\" or \"mean_var:PATH\"");
    models::architecture(config_.model.architecture);
    sets_.push_back({"", data::read_dataset(config_.data.dataset.value), {}});
    for (const auto& ood : config_.evaluate.ood) {
      sets_.push_back({ood.name, data::read_dataset(ood.dataset.value), ood.labels});
    }
    train::RunInputs inputs;
    inputs.command = command_;
    inputs.init = identify_init(config_.model.init.value);
    for (const auto& set : sets_) {
      const train::DatasetDigest digest{set.dataset.manifest_sha256,
                                        set.dataset.info_sha256};
      (set.name.empty() ? inputs.dataset : inputs.ood[set.name]) = digest;
    }
    identity_ = train::run_identity(config_, inputs);
    id_ = config::run_id(identity_);
    identity_["identity_version"] = config::kIdentityVersion;
  }

  // Whether the folder holds this run, finished. @throws UserError if it holds another.
  bool is_done() {
    const auto path = folder_ / "run.json";
    if (!fs::exists(path)) return false;
    record_ = json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
    require(record_.is_object() && record_.contains("id") && record_["id"].is_string(),
            path.string(), " is damaged; remove the folder or choose another --out");
    require(record_["id"] == id_, folder_.string(),
            " holds a run of another configuration (", short_id(record_["id"]), ", not ",
            short_id(id_), "); choose another --out");
    return record_.value("status", "") == "done";
  }

  static std::string short_id(const std::string& id) { return id.substr(0, 12); }

  void create_folder() {
    const bool resuming = fs::exists(folder_ / "run.json");
    create_output_folder(folder_, resuming || options_.force || only_config_inside());
    fs::create_directories(folder_ / "checkpoint");
    fs::create_directories(folder_ / "private");
    threads_ = prepare_device(options_);
    record_ = json::object();
    record_["schema"] = 1;
    record_["command"] = command_;
    record_["id"] = id_;
    record_["identity"] = identity_;
    record_["config"] = config::fields_to_json(config_);
    record_["seeds"] = {{"train", config_.train.seed},
                        {"subset", config_.data.subset_seed}};
    record_["versions"] = {{"medgraft", build::kVersion},
                           {"libtorch", build::kTorchVersion},
                           {"compiler", build::kCompiler}};
    record_["machine"] = describe_machine(threads_);
    record_["inputs"] = describe_inputs();
    record_["start"] = started_at();
    record_["status"] = "running";
    record_["reason"] = nullptr;
    record_["end"] = nullptr;
    record_["best"] = nullptr;
    write_record();
    load_hash_key();
  }

  // A study lays config.toml into the folder before the run begins.
  bool only_config_inside() const {
    if (!fs::is_directory(folder_)) return false;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const auto name = entry.path().filename().string();
      if (name != "config.toml" && !name.starts_with("claim") && name != "checkpoint" &&
          name != "private" && name != "stdout.txt" && name != "stderr.txt") {
        return false;
      }
    }
    return true;
  }

  std::string started_at() const {
    const auto path = folder_ / "run.json";
    if (!fs::exists(path)) return utc_now();
    const auto old = json::parse(read_file(path), nullptr, false);
    return old.is_object() ? old.value("start", utc_now()) : utc_now();
  }

  json describe_inputs() const {
    auto inputs = json::array();
    for (const auto& set : sets_) {
      const auto role = set.name.empty() ? std::string("data") : "ood." + set.name;
      inputs.push_back({{"role", role + ".manifest"},
                        {"path", set.dataset.info.manifest.string()},
                        {"sha256", set.dataset.manifest_sha256}});
      inputs.push_back({{"role", role + ".info"},
                        {"path", set.dataset.info.root.string()},
                        {"sha256", set.dataset.info_sha256}});
    }
    inputs.push_back({{"role", "model.init"},
                      {"path", config_.model.init.value},
                      {"sha256", identity_["init"]}});
    return inputs;
  }

  void load_hash_key() {
    const auto path = folder_ / "private" / "ids.csv";
    if (fs::exists(path)) {
      CsvReader reader(path);
      std::vector<std::string> row;
      while (reader.next(row)) {
        if (row.size() == 2 && row[0] == "key") hash_key_ = row[1];
      }
    }
    if (hash_key_.empty()) {
      std::random_device device;
      for (int i = 0; i < 8; ++i) hash_key_ += text(std::hex, device());
    }
    CsvWriter table;
    table.field("hash").field("id").end_row();
    table.field("key").field(hash_key_).end_row();
    for (const auto& set : sets_) {
      for (const auto& entry : set.dataset.cases) {
        table.field(hash(entry.id)).field(entry.id).end_row();
      }
    }
    AtomicFile file(path, 0600);
    file.write(table.text());
    file.commit();
  }

  std::string hash(const std::string& id) const {
    return keyed_hash(hash_key_, id).substr(0, 16);
  }

  void resolve() {
    const auto& dataset = sets_[0].dataset;
    const auto train_cases =
        data::nested_subset(dataset, dataset.cases_of(data::Split::kTrain),
                            config_.data.train_fraction, subset_seed());
    require(!train_cases.empty(),
            "the data set has no case in split train; "
            "`medgraft data split` makes one");
    train::RunFacts facts;
    facts.pretraining = command_ == "pretrain";
    facts.multiclass = dataset.info.kind == data::Kind::kMulticlass;
    for (const int64_t i : train_cases) {
      facts.num_images += std::ssize(dataset.cases[static_cast<size_t>(i)].images);
    }
    facts.dataset_train_preprocess = dataset.info.train_preprocess;
    facts.dataset_eval_preprocess = dataset.info.eval_preprocess;
    if (!config_.data.resolution) {
      const data::Loader loader(dataset, "decode", {});
      const auto first = dataset.cases[static_cast<size_t>(train_cases[0])].images.at(0);
      auto probe = loader.load(std::vector<data::Draw>{{first, 0}});
      facts.image_height = probe[0].value().height;
      facts.image_width = probe[0].value().width;
    }
    train::resolve(config_, facts);
    require(config_.train.precision == "float32",
            "train.precision bf16 is not part of this "
            "release; use float32");
    record_["config"] = config::fields_to_json(config_);
    record_["memory_plan"] = {{"micro_batch", *config_.train.micro_batch},
                              {"checkpointing", false}};
    write_record();
    train_cases_ = train_cases;
    val_cases_ = data::nested_subset(dataset, dataset.cases_of(data::Split::kVal),
                                     config_.data.val_fraction, subset_seed());
    describe_dataset();
  }

  void describe_dataset() {
    const auto& info = sets_[0].dataset.info;
    const auto count = [&](const std::vector<int64_t>& cases) {
      std::set<std::string> patients;
      int64_t images = 0;
      for (const int64_t i : cases) {
        const auto& entry = sets_[0].dataset.cases[static_cast<size_t>(i)];
        patients.insert(entry.patient.empty() ? entry.id : entry.patient);
        images += std::ssize(entry.images);
      }
      return json{
          {"cases", cases.size()}, {"patients", patients.size()}, {"images", images}};
    };
    record_["dataset"] = {
        {"name", info.name},
        {"kind", data::to_string(info.kind)},
        {"labels", info.labels},
        {"counts",
         {{"train", count(train_cases_)},
          {"val", count(val_cases_)},
          {"test", count(sets_[0].dataset.cases_of(data::Split::kTest))}}}};
    write_record();
  }

  train::CaseSet case_set(const RunDataset& set, const std::vector<int64_t>& cases,
                          const std::string& preprocess) {
    std::vector<std::string> hashes;
    for (const int64_t i : cases) {
      hashes.push_back(hash(set.dataset.cases[static_cast<size_t>(i)].id));
    }
    CaseSetOptions options;
    options.preprocess = preprocess;
    options.threads = threads_;
    options.cache_bytes = config_.data.cache_megabytes << 20;
    options.outputs = sets_[0].dataset.info.labels;
    options.label_map = set.label_map;
    return make_case_set(set.dataset, cases, hashes, options, unreadable_);
  }

  void train_and_predict() {
    const auto& labels = sets_[0].dataset.info.labels;
    models::Bit network(models::architecture(config_.model.architecture),
                        std::ssize(labels), static_cast<uint64_t>(config_.train.seed));
    initialize_network(network, config_.model.init.value,
                       static_cast<uint64_t>(config_.train.seed));
    const auto training = case_set(sets_[0], train_cases_, config_.preprocess.train);
    const auto validation = case_set(sets_[0], val_cases_, config_.preprocess.eval);
    train::RunWriter writer(folder_);
    writer.log(text(command_, " ", short_id(id_), ": ", config_.model.architecture, ", ",
                    training.num_images(), " images, ", *config_.train.steps,
                    " steps of ", config_.train.batch));

    train::LoopEnvironment environment;
    environment.stop_signal = &install_stop_signals();
    environment.determinism = {{"threads", threads_},
                               {"instruction_set", at::get_cpu_capability()},
                               {"precision", config_.train.precision},
                               {"micro_batch", *config_.train.micro_batch}};
    Progress progress(command_, *config_.train.steps, options_.quiet || options_.json);
    environment.progress = [&](int64_t step, double rate, double loss) {
      progress.update(step, text("loss ", format_fixed(loss, 4), "  ",
                                 format_fixed(rate, 0), " images/s"));
    };
    const auto best =
        train::fit(config_, network, training, validation, writer, environment);
    keep(best, network);
    for (const auto& split : config_.evaluate.splits) predict_split(network, split);
    for (size_t i = 1; i < sets_.size(); ++i) predict_ood(network, sets_[i]);
    writer.log("done");
  }

  void keep(const train::Best& best, models::Bit& network) {
    models::load_weights(network, {best.weights, {}, {}, models::Naming::kMedgraft},
                         models::Head::kLoad, "the selected weights");
    const auto& info = sets_[0].dataset.info;
    models::write_safetensors(
        folder_ / "model.safetensors",
        {models::named_tensors(network),
         network_metadata(config_.model.architecture,
                          std::string(data::to_string(info.kind)), info.labels,
                          config_.preprocess.eval, config_.model.fusion)});
    if (!best.metric.empty()) {
      record_["best"] = {{"split", "val"},
                         {"metric", best.metric},
                         {"value", best.value},
                         {"step", best.step}};
    }
  }

  void predict_split(const models::Bit& network, const std::string& split) {
    const auto cases =
        split == "val" ? val_cases_ : sets_[0].dataset.cases_of(data::Split::kTest);
    if (cases.empty()) return;
    if (split == "test") record_access(sets_[0], split, cases.size());
    write_split(network, sets_[0], cases, split);
  }

  void predict_ood(const models::Bit& network, const RunDataset& set) {
    auto cases = set.dataset.cases_of(data::Split::kTest);
    if (cases.empty()) {  // An external set without splits is all test.
      for (int64_t i = 0; i < std::ssize(set.dataset.cases); ++i) cases.push_back(i);
    }
    record_access(set, "ood-" + set.name, cases.size());
    write_split(network, set, cases, "ood-" + set.name);
  }

  void write_split(const models::Bit& network, const RunDataset& set,
                   const std::vector<int64_t>& cases, const std::string& split) {
    const auto path = folder_ / ("predictions_" + split + ".csv");
    const auto kind = config_.train.loss == "softmax" ? train::LossKind::kSoftmax
                                                      : train::LossKind::kSigmoid;
    const auto predictions =
        train::predict(network, kind, case_set(set, cases, config_.preprocess.eval),
                       *config_.train.micro_batch);
    evaluation::write_predictions(
        path, to_predictions(set.dataset, cases, predictions,
                             sets_[0].dataset.info.labels, set.label_map, split,
                             /*with_logits=*/true));
  }

  // One line, appended in one write: the record of who read test data when.
  void record_access(const RunDataset& set, const std::string& split, size_t cases) {
    const json line = {{"time", utc_now()},   {"run", id_},
                       {"command", command_}, {"dataset", set.dataset.info.name},
                       {"split", split},      {"cases", cases}};
    std::ofstream file(test_access_log_, std::ios::app | std::ios::binary);
    file << line.dump() + "\n" << std::flush;
    require(file.good(), "cannot write ", test_access_log_.string());
  }

  void finish(const std::string& status, const std::string& reason) {
    record_["status"] = status;
    record_["reason"] = reason.empty() ? json() : json(reason);
    record_["end"] = utc_now();
    auto unreadable = json::array();
    for (const auto& entry : unreadable_.entries()) {
      unreadable.push_back({{"image", hash(entry.image)}});
    }
    record_["unreadable"] = unreadable;
    try {
      write_record();
    } catch (const UserError&) {
      // The disk is full or gone: what was acknowledged stays, and the cause is on its
      // way to the caller already.
      if (status == "done") throw;
    }
  }

  void write_record() {
    write_file_atomically(folder_ / "run.json", record_.dump(2) + "\n");
  }

  uint64_t subset_seed() const { return static_cast<uint64_t>(config_.data.subset_seed); }

  std::string command_;
  train::RunConfig config_;
  const CommonOptions& options_;
  fs::path folder_, test_access_log_;
  UnreadableImages unreadable_;
  std::vector<RunDataset> sets_;
  json identity_, record_;
  std::string id_, hash_key_;
  int threads_ = 1;
  std::vector<int64_t> train_cases_, val_cases_;
};

}  // namespace

int run_training(const char* command, const char* summary, Arguments arguments) {
  CommandLine line(command, summary);
  std::string config_path, test_access_log;
  line.app().add_option("config", config_path, "the run's TOML file")->required();
  line.app().add_option("--test-access-log", test_access_log,
                        "where reads of test data are recorded (a study's own file)");
  line.set_footer("Settings (TOML or --set):\n" +
                  config::settings_help<train::RunConfig>());
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(common.out.has_value(), "--out DIR is needed: where the run directory goes");

  auto document = config::read_toml(config_path);
  for (const auto& assignment : common.set) config::override_value(document, assignment);
  train::RunConfig config;
  config::assign(config, document);
  if (std::string_view(command) == "pretrain" && config.model.init.value.empty()) {
    config.model.init.value = "scratch";
  }
  train::check_ranges(config);

  Run run(command, config, common, *common.out, test_access_log);
  run.execute();
  if (common.json) {
    std::printf("%s\n", run.record().dump(2).c_str());
  } else if (!common.quiet) {
    const auto& best = run.record()["best"];
    std::printf("%s %s: %s\n", command, run.record()["status"].get<std::string>().c_str(),
                best.is_object()
                    ? text("best val ", best["metric"].get<std::string>(), " ",
                           format_fixed(best["value"], 4), " at step ", best["step"])
                          .c_str()
                    : "the last step's weights");
  }
  return 0;
}

}  // namespace medgraft::app
