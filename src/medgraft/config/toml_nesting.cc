#include "medgraft/config/toml_nesting.h"

#include <algorithm>

#include "medgraft/base/error.h"

namespace medgraft::config {
namespace {

// With the parser's own limit of 256 nested brackets this is at most some 4,000 tables in
// one another, which any stack holds.
constexpr int kMaximumKeyParts = 16;

// @return where the text or comment that begins at `at` ends.
size_t skip_text(std::string_view content, size_t at) {
  const char mark = content[at];
  if (mark == '#') return std::min(content.find('\n', at), content.size());
  const bool is_long = content.substr(at, 3) == std::string(3, mark);
  const auto close = std::string(is_long ? 3 : 1, mark);
  for (at += close.size(); at < content.size(); ++at) {
    if (content[at] == '\\' && mark == '"') {
      ++at;
    } else if (content[at] == '\n' && !is_long) {
      return at;
    } else if (content.substr(at).starts_with(close)) {
      at += close.size();
      // A long text may end in up to two marks of its own.
      while (is_long && at < content.size() && content[at] == mark) ++at;
      return at;
    }
  }
  return content.size();
}

}  // namespace

void require_shallow_keys(std::string_view content, const std::string& name) {
  int parts = 1, line = 1;
  for (size_t at = 0; at < content.size();) {
    const char c = content[at];
    if (c == '"' || c == '\'' || c == '#') {
      const auto end = skip_text(content, at);
      line +=
          static_cast<int>(std::count(content.begin() + static_cast<int64_t>(at),
                                      content.begin() + static_cast<int64_t>(end), '\n'));
      at = end;
      continue;
    }
    if (c == '.') ++parts;
    if (std::string_view("\n,=[]{}").find(c) != std::string_view::npos) parts = 1;
    if (c == '\n') ++line;
    require(parts <= kMaximumKeyParts, name, ":", line, ": a key is nested more than ",
            kMaximumKeyParts, " deep");
    ++at;
  }
}

}  // namespace medgraft::config
