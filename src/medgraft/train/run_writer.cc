#include "medgraft/train/run_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/train/event_file.h"

namespace medgraft::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kLog = "log.txt";
constexpr const char* kEvents = "events.out.tfevents.";

double wall_time() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

RunWriter::RunWriter(fs::path folder) : folder_(std::move(folder)) {
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kEvents)) event_file_ = name;
  }
}

void RunWriter::step(const nlohmann::json& record) {
  append(kMetrics, record.dump() + "\n");
  const int64_t step = record.at("step");
  for (const char* tag : {"loss", "lr", "images_per_second"}) {
    scalar(step, text("train/", tag), record.at(tag));
  }
}

void RunWriter::evaluation(int64_t step, const std::string& split,
                           const std::map<std::string, double>& metrics) {
  const nlohmann::json record = {{"step", step}, {"split", split}, {"metrics", metrics}};
  append(kMetrics, record.dump() + "\n");
  for (const auto& [name, value] : metrics) scalar(step, split + "/" + name, value);
}

void RunWriter::log(const std::string& line) {
  append(kLog, utc_now() + " " + line + "\n");
}

std::map<std::string, int64_t> RunWriter::lengths() const {
  std::map<std::string, int64_t> lengths;
  for (const std::string& name :
       {std::string(kMetrics), std::string(kLog), event_file_}) {
    if (name.empty() || !fs::exists(folder_ / name)) continue;
    lengths[name] = static_cast<int64_t>(fs::file_size(folder_ / name));
  }
  return lengths;
}

void RunWriter::sync() const {
  for (const auto& [name, length] : lengths()) {
    const int descriptor = open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) close(descriptor);
    require(synced, "cannot write ", (folder_ / name).string(), ": ",
            std::strerror(error));
  }
}

void RunWriter::cut_back(const std::map<std::string, int64_t>& lengths) {
  for (const std::string& name :
       {std::string(kMetrics), std::string(kLog), event_file_}) {
    if (name.empty() || !fs::exists(folder_ / name)) continue;
    const auto found = lengths.find(name);
    const auto length =
        static_cast<uintmax_t>(found == lengths.end() ? 0 : found->second);
    if (fs::file_size(folder_ / name) > length) fs::resize_file(folder_ / name, length);
  }
}

void RunWriter::append(const std::string& file, const std::string& bytes) {
  const auto path = folder_ / file;
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const bool written = descriptor >= 0 && write(descriptor, bytes.data(), bytes.size()) ==
                                              static_cast<ssize_t>(bytes.size());
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  require(written, "cannot write ", path.string(), ": ", std::strerror(error));
}

void RunWriter::scalar(int64_t step, const std::string& tag, double value) {
  const auto file = event_file();
  const auto event = scalar_event(wall_time(), step, tag, static_cast<float>(value));
  append(file, event);
}

std::string RunWriter::event_file() {
  if (event_file_.empty()) {
    event_file_ = text(
        kEvents,
        std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1),
        ".medgraft");
  }
  std::error_code status;
  const auto path = folder_ / event_file_;
  if (!fs::exists(path, status) || fs::file_size(path) == 0) {
    append(event_file_, version_event(wall_time()));
  }
  return event_file_;
}

}  // namespace medgraft::train
