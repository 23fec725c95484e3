#include <algorithm>
#include <cctype>
#include <fstream>
#include <thread>
#include <unordered_map>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/data/parallel.h"
#include "medgraft/data/recipe_rows.h"
#include "medgraft/image/decode/dicom_tags.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

// Tags stand before the pixels; a longer header is read in a second go.
constexpr size_t kHeadBytes = size_t{1} << 18;
constexpr size_t kLongestFile = size_t{4} << 30;
constexpr const char* kNotDicom = "not a DICOM file";

/// What is known of one file.
struct Entry {
  std::string path, problem;  ///< Relative to the root; "" if it could be read.
  int64_t size = 0, time = 0;
  std::vector<std::string> values;  ///< One a keyword.
  bool is_known = false;            ///< From the index: not read again.
};

bool is_named_dicom(const fs::path& path) {
  auto extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".dcm" || extension == ".dicom";
}

std::vector<Entry> list_files(const fs::path& root, const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code status;
  for (fs::recursive_directory_iterator
           it(folder, fs::directory_options::skip_permission_denied, status),
       end;
       it != end; it.increment(status)) {
    require(!status, "cannot list ", folder.string(), ": ", status.message());
    if (!it->is_regular_file(status)) continue;
    Entry entry;
    entry.path = it->path().lexically_relative(root).generic_string();
    entry.size = static_cast<int64_t>(it->file_size(status));
    entry.time = it->last_write_time(status).time_since_epoch().count();
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

std::string read_start(const fs::path& path, size_t length) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(length, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(length));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

void read_tags(const fs::path& root, const std::vector<std::string>& keywords,
               Entry& entry) {
  const auto size = static_cast<size_t>(entry.size);
  for (const size_t length : {std::min(size, kHeadBytes), std::min(size, kLongestFile)}) {
    const auto bytes = read_start(root / entry.path, length);
    auto tags = image::read_dicom_tags(std::as_bytes(std::span(bytes)), keywords);
    if (tags) {
      entry.problem.clear();
      for (const auto& keyword : keywords) {
        entry.values.push_back(tags.value().at(keyword));
      }
      return;
    }
    entry.problem = tags.error().reason;
    if (length == size || entry.problem == kNotDicom) return;
  }
}

std::vector<std::string> index_header(const std::vector<std::string>& keywords) {
  std::vector<std::string> header = {"path", "size", "time", "problem"};
  header.insert(header.end(), keywords.begin(), keywords.end());
  return header;
}

// An index of other keywords, or one that is damaged, is made anew.
void recall(const fs::path& file, const std::vector<std::string>& keywords,
            std::vector<Entry>& entries) try {
  std::error_code status;
  if (file.empty() || !fs::is_regular_file(file, status)) return;
  CsvReader csv(file);
  std::vector<std::string> row;
  const auto header = index_header(keywords);
  if (!csv.next(row) || row != header) return;
  std::unordered_map<std::string, std::vector<std::string>> known;
  while (csv.next(row)) {
    if (row.size() == header.size()) known[row[0]] = row;
  }
  for (auto& entry : entries) {
    const auto found = known.find(entry.path);
    if (found == known.end()) continue;
    const auto& cells = found->second;
    if (parse_integer(cells[1]) != entry.size || parse_integer(cells[2]) != entry.time) {
      continue;
    }
    entry.is_known = true;
    entry.problem = cells[3];
    if (entry.problem.empty()) entry.values.assign(cells.begin() + 4, cells.end());
  }
} catch (const UserError&) {
  return;
}

void remember(const fs::path& file, const std::vector<std::string>& keywords,
              const std::vector<Entry>& entries) {
  const bool is_new = std::any_of(entries.begin(), entries.end(),
                                  [](const Entry& entry) { return !entry.is_known; });
  if (file.empty() || !is_new) return;
  CsvWriter csv;
  for (const auto& name : index_header(keywords)) csv.field(name);
  csv.end_row();
  for (const auto& entry : entries) {
    csv.field(entry.path).field(text(entry.size)).field(text(entry.time));
    csv.field(entry.problem);
    auto values = entry.values;
    values.resize(keywords.size());
    for (const auto& value : values) csv.field(value);
    csv.end_row();
  }
  // Patients' ids stand in it: for its owner only.
  constexpr unsigned kOwnerOnly = 0600;
  AtomicFile out(file, kOwnerOnly);
  out.write(csv.text());
  out.commit();
}

void note_unreadable(const std::vector<Entry>& entries, ReadTables& reading) {
  int64_t count = 0;
  const Entry* first = nullptr;
  for (const auto& entry : entries) {
    const bool is_other = entry.problem == kNotDicom && !is_named_dicom(entry.path);
    if (entry.problem.empty() || is_other) continue;
    if (first == nullptr) first = &entry;
    ++count;
  }
  if (first == nullptr) return;
  reading.notes.push_back(text("left out ", count,
                               " DICOM files whose tags cannot be read, for instance ",
                               first->path, ": ", first->problem));
}

}  // namespace

void add_dicom_tags(const TableSource& table, const fs::path& root, ReadTables& reading,
                    SourceRows& rows) {
  const auto& keywords = table.tags;
  // Complains of unknown keywords before any file is read.
  static_cast<void>(image::read_dicom_tags({}, keywords));
  auto entries = list_files(root, root / table.dicom);
  recall(reading.tag_index, keywords, entries);
  const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  for_each_in_parallel(static_cast<int64_t>(entries.size()),
                       reading.num_threads > 0 ? reading.num_threads : cores,
                       [&](int64_t i) {
                         auto& entry = entries[static_cast<size_t>(i)];
                         if (!entry.is_known) read_tags(root, keywords, entry);
                       });
  remember(reading.tag_index, keywords, entries);
  note_unreadable(entries, reading);

  const size_t path = rows.add_field("path"), file = rows.add_field("file"),
               stem = rows.add_field("stem");
  std::vector<size_t> fields;
  for (const auto& keyword : keywords) fields.push_back(rows.add_field(keyword));
  for (const auto& entry : entries) {
    if (!entry.problem.empty()) continue;
    const fs::path name(entry.path);
    const auto row = rows.add_row("", 0);
    rows.set(row, path, entry.path);
    rows.set(row, file, name.filename().string());
    rows.set(row, stem, name.stem().string());
    for (size_t k = 0; k < fields.size(); ++k) rows.set(row, fields[k], entry.values[k]);
    for (const auto& [field, value] : table.set) {
      rows.set(row, rows.add_field(field), value);
    }
  }
}

}  // namespace medgraft::data
