#include "compute_run.h"

#include <ATen/ATen.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <set>

#include "command_line.h"
#include "compute_case_source.h"
#include "compute_device.h"
#include "compute_fusion.h"
#include "compute_network.h"
#include "compute_predictions.h"
#include "compute_run_folder.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/time.h"
#include "medgraft/base/version.h"
#include "medgraft/data/audit_record.h"
#include "medgraft/image/preprocess.h"
#include "medgraft/train/loop.h"
#include "medgraft/train/resolve_config.h"
#include "medgraft/train/run_identity_config.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// One data set of a run, its cases hashed for logs.
struct RunDataset {
  std::string path;  ///< As configured.
  std::string name;  ///< Empty: the training set; else an OOD set's.
  data::Dataset dataset;
  std::map<std::string, std::string> label_map;
};

class Run {
 public:
  Run(std::string command, train::RunConfig config, std::string config_text,
      const CommonOptions& options, const std::string& test_access_log)
      : command_(std::move(command)),
        config_(std::move(config)),
        config_text_(std::move(config_text)),
        options_(options),
        folder_(*options.out, test_access_log),
        unreadable_(config_.data.max_unreadable) {}

  // Whatever the caller may have got wrong is found before the folder is touched.
  void execute() {
    read_inputs();
    record_ = folder_.read_record(id_);
    if (record_.is_object() && record_["status"] == "done") return;
    fix_threads();
    resolve();
    build_network();
    start_record();
    try {
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
    const auto& path = config_.data.dataset.value;
    auto training = data::read_training_dataset(path, config_.data.allow_leaks);
    if (!training.pixels_are_audited() && !options_.quiet) {
      std::fprintf(stderr, "%s\n", data::unaudited_note(path).c_str());
    }
    audit_ = std::move(training.audit);
    sets_.push_back({path, "", std::move(training.dataset), {}});
    for (const auto& ood : config_.evaluate.ood) {
      sets_.push_back({ood.dataset.value, ood.name, data::read_dataset(ood.dataset.value),
                       ood.labels});
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

  // The number of threads decides the order of sums: a resumed run keeps its own.
  void fix_threads() {
    auto options = options_;
    const auto started = train::read_checkpoint_state(folder_.path() / "checkpoint");
    if (started && options.threads == 0) {
      options.threads = started->determinism.value("threads", 0);
    }
    threads_ = prepare_device(options);
  }

  json determinism() const {
    return {{"threads", threads_},
            {"instruction_set", at::get_cpu_capability()},
            {"precision", config_.train.precision},
            {"micro_batch", *config_.train.micro_batch}};
  }

  void start_record() {
    folder_.open(options_.force);
    std::vector<std::string> ids;
    for (const auto& set : sets_) {
      for (const auto& entry : set.dataset.cases) ids.push_back(entry.id);
    }
    folder_.name_cases(ids);
    const json before = record_.is_object() ? record_ : json::object();
    record_ = {
        {"schema", 1},
        {"command", command_},
        {"id", id_},
        {"identity", identity_},
        {"config", config::fields_to_json(config_)},
        {"inputs", describe_inputs()},
        {"seeds", {{"train", config_.train.seed}, {"subset", config_.data.subset_seed}}},
        {"versions",
         {{"medgraft", build::kVersion},
          {"libtorch", build::kTorchVersion},
          {"compiler", build::kCompiler}}},
        {"machine", describe_machine(threads_)},
        {"memory_plan",
         {{"micro_batch", *config_.train.micro_batch}, {"checkpointing", false}}},
        {"dataset", describe_dataset()},
        {"status", "running"},
        {"reason", nullptr},
        {"start", before.value("start", utc_now())},
        {"end", nullptr},
        {"best", nullptr},
        {"unreadable", json::array()}};
    note_broken_determinism(before);
    folder_.write_record(record_);
    const auto config_file = folder_.path() / "config.toml";
    if (!fs::exists(config_file)) write_file_atomically(config_file, config_text_);
  }

  void note_broken_determinism(const json& before) {
    if (before.contains("determinism_broken_at")) {
      record_["determinism_broken_at"] = before["determinism_broken_at"];
    }
    const auto started = train::read_checkpoint_state(folder_.path() / "checkpoint");
    if (started && started->determinism != determinism()) {
      record_["determinism_broken_at"] = started->step;
    }
  }

  json describe_inputs() const {
    auto inputs = json::array();
    for (const auto& set : sets_) {
      const auto role = set.name.empty() ? std::string("data") : "ood." + set.name;
      inputs.push_back({{"role", role + ".manifest"},
                        {"path", set.dataset.info.manifest.string()},
                        {"sha256", set.dataset.manifest_sha256}});
      inputs.push_back({{"role", role + ".info"},
                        {"path", set.path},
                        {"sha256", set.dataset.info_sha256}});
    }
    inputs.push_back({{"role", "model.init"},
                      {"path", config_.model.init.value},
                      {"sha256", identity_["init"]}});
    return inputs;
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
    const bool by_case = config_.model.fusion != "none";
    for (const int64_t i : train_cases) {
      const auto images = std::ssize(dataset.cases[static_cast<size_t>(i)].images);
      facts.num_images += by_case ? 1 : images;
      facts.most_images = std::max(facts.most_images, images);
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
    image::Program::parse(config_.preprocess.train);
    image::Program::parse(config_.preprocess.eval);
    require(config_.train.precision == "float32" || has_fast_bf16(),
            "train.precision is bf16, which this CPU computes no faster (it has neither "
            "AVX512-BF16 nor AMX); use float32");
    train_cases_ = train_cases;
    val_cases_ = data::nested_subset(dataset, dataset.cases_of(data::Split::kVal),
                                     config_.data.val_fraction, subset_seed());
    plan_fusion();
  }

  void plan_fusion() {
    plan_ = make_fusion_plan(config_.model, sets_[0].dataset, train_cases_);
    if (!plan_.views.empty()) config_.model.views = plan_.views;
    require_views(sets_[0].dataset, train_cases_, plan_);
    require_views(sets_[0].dataset, val_cases_, plan_);
    for (const auto& split : config_.evaluate.splits) {
      if (split == "test") {
        require_views(sets_[0].dataset, sets_[0].dataset.cases_of(data::Split::kTest),
                      plan_);
      }
    }
    for (size_t i = 1; i < sets_.size(); ++i) {
      require_views(sets_[i].dataset, external_cases(sets_[i].dataset), plan_);
    }
  }

  json describe_dataset() const {
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
    return {{"name", info.name},
            {"kind", data::to_string(info.kind)},
            {"labels", info.labels},
            {"attribute_bins", attribute_bins()},
            {"audit", audit_ ? json{{"pixels", audit_->with_pixels},
                                    {"time", audit_->time},
                                    {"counts", audit_->counts}}
                             : json()},
            {"counts",
             {{"train", count(train_cases_)},
              {"val", count(val_cases_)},
              {"test", count(sets_[0].dataset.cases_of(data::Split::kTest))}}}};
  }

  // The edges of numeric attributes; what the training set declares goes first.
  json attribute_bins() const {
    auto bins = json::object();
    for (const auto& set : sets_) {
      for (const auto& attribute : set.dataset.info.attributes) {
        if (attribute.bin_edges.empty() || bins.contains(attribute.name)) continue;
        bins[attribute.name] = attribute.bin_edges;
      }
    }
    return bins;
  }

  void build_network() {
    const auto seed = static_cast<uint64_t>(config_.train.seed);
    network_.emplace(models::architecture(config_.model.architecture),
                     std::ssize(sets_[0].dataset.info.labels), plan_, seed);
    initialize_network(*network_, config_.model.init.value, seed);
  }

  train::CaseSet case_set(const RunDataset& set, const std::vector<int64_t>& cases,
                          const std::string& preprocess, bool is_training = false) {
    std::vector<std::string> hashes;
    for (const int64_t i : cases) {
      hashes.push_back(folder_.hash(set.dataset.cases[static_cast<size_t>(i)].id));
    }
    CaseSetOptions options;
    options.preprocess = preprocess;
    options.threads = threads_;
    options.is_training = is_training;
    options.cache_bytes = config_.data.cache_megabytes << 20;
    options.outputs = sets_[0].dataset.info.labels;
    options.label_map = set.label_map;
    options.plan = plan_;
    return make_case_set(set.dataset, cases, hashes, options, unreadable_);
  }

  void train_and_predict() {
    stop_signal_ = &install_stop_signals();
    const auto training =
        case_set(sets_[0], train_cases_, config_.preprocess.train, true);
    const auto validation = case_set(sets_[0], val_cases_, config_.preprocess.eval);
    train::RunWriter writer(folder_.path());

    train::LoopEnvironment environment;
    environment.stop_signal = stop_signal_;
    environment.determinism = determinism();
    environment.description =
        text(command_, " ", id_.substr(0, 12), ": ", config_.model.architecture, ", ",
             training.num_images(), " images, ",
             network_->is_fused()
                 ? text(training.num_cases(), " cases by ", config_.model.fusion, ", ")
                 : "",
             *config_.train.steps, " steps of ", config_.train.batch);
    Progress progress(command_, *config_.train.steps, options_.quiet || options_.json);
    environment.progress = [&](int64_t step, double rate, double loss) {
      progress.update(step, text("loss ", format_fixed(loss, 4), "  ",
                                 format_fixed(rate, 0), " images/s"));
    };
    const auto best =
        train::fit(config_, *network_, training, validation, writer, environment);
    keep(best);
    for (const auto& split : config_.evaluate.splits) predict_split(split);
    for (size_t i = 1; i < sets_.size(); ++i) predict_ood(sets_[i]);
    writer.log("done");
  }

  void keep(const train::Best& best) {
    models::load_weights(*network_, {best.weights, {}, {}, models::Naming::kMedgraft},
                         models::Head::kLoad, "the selected weights");
    const auto& info = sets_[0].dataset.info;
    models::write_safetensors(
        folder_.path() / "model.safetensors",
        {models::named_tensors(*network_),
         network_metadata(config_.model.architecture,
                          std::string(data::to_string(info.kind)), info.labels,
                          config_.preprocess.eval, plan_, config_.train.loss)});
    if (!best.metric.empty()) {
      record_["best"] = {{"split", "val"},
                         {"metric", best.metric},
                         {"value", best.value},
                         {"step", best.step}};
    }
  }

  void predict_split(const std::string& split) {
    const auto cases =
        split == "val" ? val_cases_ : sets_[0].dataset.cases_of(data::Split::kTest);
    if (cases.empty()) return;
    if (split == "test") record_access(sets_[0], split, cases.size());
    write_split(sets_[0], cases, split);
  }

  void predict_ood(const RunDataset& set) {
    const auto cases = external_cases(set.dataset);
    record_access(set, "ood-" + set.name, cases.size());
    write_split(set, cases, "ood-" + set.name);
  }

  void write_split(const RunDataset& set, const std::vector<int64_t>& cases,
                   const std::string& split) {
    const auto path = folder_.path() / ("predictions_" + split + ".csv");
    const auto kind = config_.train.loss == "softmax" ? train::LossKind::kSoftmax
                                                      : train::LossKind::kSigmoid;
    const auto predictions =
        train::predict(*network_, kind, case_set(set, cases, config_.preprocess.eval),
                       *config_.train.micro_batch, [this](int64_t) { heed_signal(); });
    evaluation::write_predictions(
        path, to_predictions(set.dataset, cases, predictions,
                             sets_[0].dataset.info.labels, set.label_map, split,
                             /*with_logits=*/true));
  }

  void record_access(const RunDataset& set, const std::string& split, size_t cases) {
    folder_.record_access({{"time", utc_now()},
                           {"run", id_},
                           {"command", command_},
                           {"dataset", set.dataset.info.name},
                           {"split", split},
                           {"cases", cases}});
  }

  // Training is over and its last checkpoint written: the same command predicts anew.
  void heed_signal() const {
    const int signal = stop_signal_->load();
    if (signal == 0) return;
    throw Stopped(
        "stopped while predicting, after the last checkpoint; the same command "
        "resumes",
        exit_code_of_signal(signal));
  }

  // Reasons name files to the caller and keyed hashes to everyone else.
  std::string without_paths(std::string reason) const {
    for (const auto& entry : unreadable_.entries()) {
      train::replace_all(reason, entry.image, folder_.hash(entry.image));
    }
    return reason;
  }

  void finish(const std::string& status, const std::string& reason) {
    record_["status"] = status;
    record_["reason"] = reason.empty() ? json() : json(without_paths(reason));
    record_["end"] = utc_now();
    for (const auto& entry : unreadable_.entries()) {
      record_["unreadable"].push_back({{"image", folder_.hash(entry.image)},
                                       {"reason", without_paths(entry.reason)}});
    }
    try {
      folder_.write_record(record_);
    } catch (const UserError&) {
      // The disk is full or gone: what was acknowledged stays, and the cause is on its
      // way to the caller already.
      if (status == "done") throw;
    }
  }

  uint64_t subset_seed() const { return static_cast<uint64_t>(config_.data.subset_seed); }

  std::string command_;
  train::RunConfig config_;
  std::string config_text_;
  const CommonOptions& options_;
  RunFolder folder_;
  UnreadableImages unreadable_;
  std::vector<RunDataset> sets_;
  std::optional<data::AuditRecord> audit_;  // Of the training set.
  json identity_, record_;
  std::string id_;
  int threads_ = 1;
  std::vector<int64_t> train_cases_, val_cases_;
  models::FusionPlan plan_;
  std::optional<models::CaseNetwork> network_;
  const std::atomic<int>* stop_signal_ = nullptr;
};

// The configuration as given, with paths that hold wherever the file is read.
std::string text_of(const config::Document& document, const train::RunConfig& config) {
  auto values = document.values;
  values["data"]["dataset"] = fs::absolute(config.data.dataset.value).string();
  auto init = config.model.init.value;
  if (init != "scratch" && !init.starts_with("mean_var:")) init = fs::absolute(init);
  values["model"]["init"] = init;
  for (size_t i = 0; i < config.evaluate.ood.size(); ++i) {
    values["evaluate"]["ood"][i]["dataset"] =
        fs::absolute(config.evaluate.ood[i].dataset.value).string();
  }
  return config::to_toml(values);
}

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

  Run run(command, config, text_of(document, config), common, test_access_log);
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
