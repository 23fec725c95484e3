#include "medgraft/data/pack.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/config/document.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/container/tar.h"
#include "medgraft/data/container/tar_writer.h"
#include "medgraft/data/crew.h"
#include "medgraft/data/dataset.h"
#include "medgraft/image/encode_png.h"
#include "medgraft/image/resize.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr int64_t kMaximumSide = 16384;
// So many images a thread are in memory at once.
constexpr int64_t kAhead = 4;
constexpr size_t kKeyDigits = 9;
// Changes whenever the same input may give other bytes.
constexpr int kPackVersion = 1;

std::string padded(int64_t number, size_t digits) {
  auto text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string shard_name(int64_t shard) { return "shard-" + padded(shard, 6) + ".tar"; }

// All at once: what is removed meanwhile may confuse an iterator.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry);
  return entries;
}

// Of the shorter side where the aspect is kept.
image::Image resized(image::Image image, const PackOptions& options) {
  int64_t height = options.size, width = options.size;
  if (options.keep_aspect) {
    const auto shorter = std::min(image.height, image.width);
    const double scale =
        std::min(1.0, static_cast<double>(options.size) / static_cast<double>(shorter));
    height = std::llround(scale * static_cast<double>(image.height));
    width = std::llround(scale * static_cast<double>(image.width));
    // A strip this narrow would become larger than what is read back.
    if (std::max(height, width) > kMaximumSide) return image;
  }
  return image::resize(std::move(image), height, width);
}

class Packer {
 public:
  Packer(const fs::path& path, fs::path folder, const PackOptions& options)
      : description_(fs::is_directory(path) ? path / "dataset.toml" : path),
        dataset_(read_dataset(path, {.allow_patient_leaks = true})),
        source_(dataset_.info.root),
        folder_(std::move(folder)),
        options_(options),
        shard_of_image_(dataset_.images.size(), kNoShard) {}

  PackReport run() {
    claim_folder();
    take_over_shards();
    write_shards();
    report_.num_shards = shard_;
    write_description();
    return std::move(report_);
  }

 private:
  static constexpr int32_t kNoShard = -1;

  void claim_folder();
  void remove_packing();
  void take_over_shards();
  void write_shards();
  Result<std::string> encode(int64_t image) const;
  void add(int64_t image, const std::string& png);
  void finish_shard();
  json describe(int64_t image) const;
  std::optional<int64_t> class_of(int64_t image) const;
  void write_description() const;
  const CaseEntry& case_of(int64_t image) const {
    const auto index = dataset_.images[static_cast<size_t>(image)].case_index;
    return dataset_.cases[static_cast<size_t>(index)];
  }

  fs::path description_;
  Dataset dataset_;
  ImageSource source_;
  fs::path folder_;
  const PackOptions& options_;
  std::vector<int32_t> shard_of_image_;
  std::optional<TarWriter> writer_;
  int32_t shard_ = 0;
  int64_t next_image_ = 0;
  PackReport report_;
};

// pack.json says what the shards are of, so that no other packing goes on with them.
void Packer::claim_folder() {
  const json settings = {{"version", kPackVersion},
                         {"decoder", image::kDecoderVersion},
                         {"manifest_sha256", dataset_.manifest_sha256},
                         {"dataset_sha256", dataset_.info_sha256},
                         {"size", options_.size},
                         {"keep_aspect", options_.keep_aspect},
                         {"bits", options_.bits},
                         {"shard_bytes", options_.shard_bytes}};
  const auto file = folder_ / "pack.json";
  if (fs::exists(file)) {
    const auto found = json::parse(read_file(file), nullptr, false);
    if (found == settings) return;
    require(
        options_.force, folder_.string(),
        " holds shards of another data set or of other options; choose another --out, "
        "or pass --force to replace them");
    remove_packing();
  }
  require(fs::is_empty(folder_), folder_.string(),
          " exists and is not empty; choose another --out");
  write_file_atomically(file, settings.dump(2) + "\n");
}

void Packer::remove_packing() {
  for (const auto& entry : entries_of(folder_)) {
    const auto name = entry.path().filename().string();
    const bool is_ours = name.starts_with("shard-") || name == "pack.json" ||
                         name == "manifest.csv" || name == "dataset.toml";
    if (is_ours) fs::remove(entry.path());
  }
}

void Packer::take_over_shards() {
  for (const auto& entry : entries_of(folder_)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("shard-") && name.ends_with(".tmp")) fs::remove(entry.path());
  }
  while (fs::exists(folder_ / shard_name(shard_))) {
    for (const auto& member : TarFile(folder_ / shard_name(shard_)).members()) {
      if (!member.ends_with(".png")) continue;
      const auto image = parse_integer(member.substr(0, kKeyDigits));
      require(image && *image >= next_image_ && *image < std::ssize(dataset_.images),
              shard_name(shard_), " holds ", member, ", which this data set has not");
      shard_of_image_[static_cast<size_t>(*image)] = shard_;
      next_image_ = *image + 1;
      ++report_.num_images;
    }
    ++shard_;
  }
  report_.num_resumed = report_.num_images;
  for (size_t i = 0; i < static_cast<size_t>(next_image_); ++i) {
    if (shard_of_image_[i] != kNoShard) continue;
    report_.unreadable.push_back(dataset_.images[i].path + ": left out before");
  }
}

void Packer::write_shards() {
  Crew crew(std::max(options_.threads, 1));
  const int64_t total = std::ssize(dataset_.images);
  while (next_image_ < total) {
    const auto count =
        std::min(kAhead * std::max(options_.threads, 1), total - next_image_);
    std::vector<Result<std::string>> encoded(static_cast<size_t>(count), Failure{});
    crew.run(encoded.size(), [&](size_t i) {
      encoded[i] = encode(next_image_ + static_cast<int64_t>(i));
    });
    for (auto& png : encoded) {
      const auto image = next_image_++;
      if (png) {
        add(image, png.value());
        continue;
      }
      report_.unreadable.push_back(text(dataset_.images[static_cast<size_t>(image)].path,
                                        ": ", png.error().reason));
      require(std::ssize(report_.unreadable) <= options_.max_unreadable,
              report_.unreadable.size(), " unreadable, which is more than ",
              options_.max_unreadable,
              " (--max-unreadable): ", report_.unreadable.back());
    }
    if (options_.on_progress) options_.on_progress(next_image_, total);
  }
  finish_shard();
}

Result<std::string> Packer::encode(int64_t image) const try {
  const auto& name = dataset_.images[static_cast<size_t>(image)].path;
  auto bits = options_.bits;
  if (bits == 0) {
    auto header = source_.header(name);
    if (!header) return header.error();
    bits = header.value().bit_depth > 8 ? 16 : 8;
  }
  image::DecodeOptions decoding;
  if (!options_.keep_aspect) decoding.size = image::Size{options_.size, options_.size};
  auto decoded = source_.decode(name, decoding);
  if (!decoded) return decoded.error();
  return image::encode_png(resized(std::move(decoded.value()), options_), bits);
} catch (const std::bad_alloc&) {
  return Failure{"too large for the memory there is"};
}

void Packer::add(int64_t image, const std::string& png) {
  const auto key = padded(image, kKeyDigits);
  const auto facts = describe(image).dump(-1, ' ', false, json::error_handler_t::replace);
  const auto index = class_of(image);
  const auto label = index ? std::to_string(*index) : "";
  auto bytes = TarWriter::bytes_of_member(std::ssize(png)) +
               TarWriter::bytes_of_member(std::ssize(facts));
  if (index) bytes += TarWriter::bytes_of_member(std::ssize(label));
  const bool fits = writer_ && writer_->num_bytes() + bytes <= options_.shard_bytes;
  if (!fits) {
    finish_shard();
    writer_.emplace(folder_ / shard_name(shard_));
  }
  writer_->add(key + ".png", png);
  writer_->add(key + ".json", facts);
  if (index) writer_->add(key + ".cls", label);
  shard_of_image_[static_cast<size_t>(image)] = shard_;
  ++report_.num_images;
}

void Packer::finish_shard() {
  if (!writer_) return;
  writer_->commit();
  writer_.reset();
  ++shard_;
}

// @return the class of a multi-class image, 0 or 1 of a binary one; nothing if not
// stated.
std::optional<int64_t> Packer::class_of(int64_t image) const {
  const auto& entry = case_of(image);
  if (dataset_.info.kind == Kind::kMultilabel || !(entry.labels[0] >= 0)) return {};
  return static_cast<int64_t>(entry.labels[0]);
}

json Packer::describe(int64_t image) const {
  const auto& info = dataset_.info;
  const auto& row = dataset_.images[static_cast<size_t>(image)];
  const auto& entry = case_of(image);
  json facts = {{"case", entry.id}, {"split", to_string(entry.split)}};
  if (info.patients_are_known) facts["patient"] = entry.patient;
  const auto state = [&](const char* key, const std::string& value) {
    if (!value.empty()) facts[key] = value;
  };
  state("view", row.view);
  state("laterality", row.laterality);
  state("site", entry.site);
  for (size_t i = 0; i < entry.attributes.size(); ++i) {
    facts["attributes"][info.attributes[i].name] = entry.attributes[i];
  }
  const auto index = class_of(image);
  if (info.kind == Kind::kMulticlass) {
    facts["label"] = index ? json(info.labels[static_cast<size_t>(*index)]) : json();
    return facts;
  }
  for (size_t i = 0; i < info.labels.size(); ++i) {
    const float label = entry.labels[i];
    facts["labels"][info.labels[i]] =
        std::isnan(label) ? json() : json(static_cast<int>(label));
  }
  return facts;
}

// The manifest last: where it is, the packing is complete.
void Packer::write_description() const {
  auto keys = config::read_toml(description_).values;
  keys.erase("root");
  keys["manifest"] = "manifest.csv";
  keys["name"] = dataset_.info.name;
  keys["patient_namespace"] = dataset_.info.patient_namespace;
  write_file_atomically(folder_ / "dataset.toml", config::to_toml(keys));

  CsvReader rows(dataset_.info.manifest);
  std::vector<std::string> row;
  rows.next(row);
  const auto column = CsvHeader(row, rows.name()).at("image");
  AtomicFile file(folder_ / "manifest.csv");
  CsvWriter csv;
  const auto write = [&] {
    for (const auto& value : row) csv.field(value);
    csv.end_row();
    file.write(csv.take());
  };
  write();
  for (int64_t image = 0; rows.next(row); ++image) {
    const auto shard = shard_of_image_.at(static_cast<size_t>(image));
    if (shard == kNoShard) continue;  // Could not be read.
    row.at(column) = shard_name(shard) + "#" + padded(image, kKeyDigits) + ".png";
    write();
  }
  file.commit();
}

}  // namespace

PackReport pack_dataset(const fs::path& dataset, const fs::path& folder,
                        const PackOptions& options) {
  require(options.size >= 1 && options.size <= kMaximumSide, "--size is ", options.size,
          "; a whole number of pixels from 1 to ", kMaximumSide, " is accepted");
  require(options.bits == 0 || options.bits == 8 || options.bits == 16, "--bits is ",
          options.bits, "; 8 and 16 are accepted");
  return Packer(dataset, folder, options).run();
}

}  // namespace medgraft::data
