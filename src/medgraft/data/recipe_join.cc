#include <unordered_map>

#include "medgraft/base/error.h"
#include "medgraft/data/field_rule.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

/// One join on its way: the table's rows by key, and where its columns go.
class Join {
 public:
  Join(const Document& document, const std::string& at, const JoinSource& join,
       SourceRows& rows)
      : document_(document), at_(at), join_(join), rows_(rows) {}

  void read(const fs::path& root, const fs::path& path, ReadTables& reading) {
    if (join_.table.dicom.empty()) {
      add_table(join_.table, path, reading, table_);
    } else {
      add_dicom_tags(join_.table, root, reading, table_);
    }
  }

  // Where an optional table is missing, its fields are there and blank.
  void run(ReadTables& reading, const std::string& name) {
    compile();
    index_rows();
    match_rows(reading, name);
    copy_fields();
    rows_.adopt(std::move(table_));
  }

 private:
  void compile() {
    const auto on = join_.on.is_object() ? join_.on : key_of_both();
    for (const auto& [ours, theirs] : on.items()) {
      const bool is_name = ours.find('{') == std::string::npos;
      our_key_.emplace_back(document_, at_ + ".on",
                            json(is_name ? text("{", ours, "}") : ours), rows_);
      const bool names =
          theirs.is_string() && theirs.get<std::string>().find('{') == std::string::npos;
      their_key_.emplace_back(
          document_, at_ + ".on",
          names ? json(text("{", theirs.get<std::string>(), "}")) : theirs, table_);
      if (names) keys_.push_back(theirs.get<std::string>());
    }
  }

  json key_of_both() const {
    auto on = json::object();
    for (const auto& name : texts_of(document_, at_ + ".on", join_.on)) on[name] = name;
    return on;
  }

  static std::string key(const std::vector<FieldRule>& rules, const SourceRows& rows,
                         size_t row) {
    std::string key;
    for (const auto& rule : rules) {
      const auto part = rule.value(rows, row);
      if (part.empty()) return "";
      key += part + '\x1f';
    }
    return key;
  }

  void index_rows() {
    next_.assign(table_.size(), kNone);
    by_key_.reserve(table_.size());
    for (size_t i = table_.size(); i-- > 0;) {
      const auto its = key(their_key_, table_, i);
      if (its.empty()) continue;
      const auto [found, is_new] = by_key_.emplace(its, i);
      if (is_new) continue;
      next_[i] = found->second;
      found->second = i;
    }
  }

  // Pairs every row with the table's rows of its key.
  void match_rows(ReadTables& reading, const std::string& name) {
    int64_t num_dropped = 0;
    std::unordered_map<size_t, bool> reported;
    for (size_t row = 0; row < rows_.size(); ++row) {
      const auto its = key(our_key_, rows_, row);
      const auto found = its.empty() ? by_key_.end() : by_key_.find(its);
      if (found != by_key_.end()) {
        add_matches(row, found->second);
        continue;
      }
      require(join_.missing != "error", rows_.place(row), ": ", name,
              " has no row for its ", keys_text(),
              "; missing = \"blank\" or \"drop\" in ", at_, " goes on without");
      if (join_.missing == "drop") {
        ++num_dropped;
      } else {
        pairs_.emplace_back(row, kNone);
      }
    }
    if (num_dropped > 0) {
      reading.notes.push_back(
          text("left out ", num_dropped, " rows that ", name, " says nothing of"));
    }
  }

  void add_matches(size_t row, size_t first) {
    const bool has_conditions = !join_.where.is_null();
    require(next_[first] == kNone || join_.many != "error" || has_conditions,
            table_.place(next_[first] == kNone ? first : next_[first]), ": its ",
            keys_text(),
            " stands in an earlier row too; many = \"first\" or \"each\" in ", at_,
            " allows it");
    for (size_t at = first; at != kNone; at = next_[at]) {
      pairs_.emplace_back(row, at);
      if (join_.many == "first" && !has_conditions) return;
    }
  }

  std::string keys_text() const {
    std::string out;
    for (const auto& name : keys_) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "key" : out;
  }

  void copy_fields() {
    std::vector<size_t> taken;
    taken.reserve(pairs_.size());
    for (const auto& [row, at] : pairs_) taken.push_back(row);
    rows_.take(taken);
    std::vector<size_t> fields;
    for (const auto& name : table_.fields()) fields.push_back(rows_.add_field(name));
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const auto at = pairs_[i].second;
      if (at == kNone) continue;
      for (size_t k = 0; k < fields.size(); ++k) {
        if (rows_.at(i, fields[k]).empty()) rows_.share(i, fields[k], table_.at(at, k));
      }
    }
    if (!join_.where.is_null()) keep_conditions(fields);
  }

  // Pairs that fail a condition go; a row that loses all stays once, with blanks.
  void keep_conditions(const std::vector<size_t>& fields) {
    const auto conditions =
        read_conditions(document_, at_ + ".where", join_.where, rows_);
    const auto holds = [&](size_t i) {
      for (const auto& condition : conditions) {
        if (!condition.holds(rows_, i)) return false;
      }
      return true;
    };
    std::vector<size_t> kept;
    for (size_t start = 0, end = 0; start < pairs_.size(); start = end) {
      const auto before = kept.size();
      for (end = start; end < pairs_.size() && pairs_[end].first == pairs_[start].first;
           ++end) {
        if (pairs_[end].second != kNone && holds(end)) kept.push_back(end);
      }
      if (kept.size() == before) {
        if (pairs_[start].second != kNone) clear(start, fields);
        if (join_.missing != "drop") kept.push_back(start);
      } else if (join_.many == "first") {
        kept.resize(before + 1);
      }
      require(join_.many != "error" || kept.size() <= before + 1, rows_.place(start),
              ": several rows have its ", keys_text(),
              "; many = \"first\" or \"each\" in ", at_, " allows it");
    }
    rows_.take(kept);
  }

  void clear(size_t row, const std::vector<size_t>& fields) {
    for (size_t k = 0; k < fields.size(); ++k) {
      if (rows_.at(row, fields[k]).data() == table_.at(pairs_[row].second, k).data()) {
        rows_.share(row, fields[k], {});
      }
    }
  }

  static constexpr size_t kNone = static_cast<size_t>(-1);
  const Document& document_;
  const std::string at_;
  const JoinSource& join_;
  SourceRows& rows_;
  SourceRows table_;
  std::vector<FieldRule> our_key_, their_key_;
  std::vector<std::string> keys_;
  std::unordered_map<std::string, size_t> by_key_;  ///< The first row of each key.
  std::vector<size_t> next_;                        ///< The next row of the same key.
  std::vector<std::pair<size_t, size_t>> pairs_;    ///< Row of ours, row of the table.
};

}  // namespace

void join_table(const Document& document, size_t index, const JoinSource& join,
                Source& source, ReadTables& reading) {
  const auto names = join.table.files();
  std::optional<FoundFile> found;
  for (const auto& root : {source.root, reading.root}) {
    for (const auto& name : names) {
      if (!found) found = find_below(root, {name});
    }
  }
  if (!found) {
    require(join.table.is_optional, "there is no table ", names.front(), " in ",
            source.root.string(), " or a folder in it");
    reading.notes.push_back(text("the optional table ", names.front(),
                                 " is not there; the import goes on without it"));
    for (const auto& [name, value] : join.table.set) source.rows.add_field(name);
    return;
  }
  Join work(document, text("join[", index, "]"), join, source.rows);
  work.read(source.root, found->path, reading);
  work.run(reading, found->path.filename().string());
}

}  // namespace medgraft::data
