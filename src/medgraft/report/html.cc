#include "medgraft/report/html.h"

#include <algorithm>

#include "medgraft/base/sha256.h"

namespace medgraft::report {
namespace {

std::string replace_each(std::string_view text, std::string_view characters,
                         const std::vector<std::string>& replacements) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto found = characters.find(c);
    if (found == std::string_view::npos) {
      out += c;
    } else {
      out += replacements[found];
    }
  }
  return out;
}

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// Hexadecimal digits, an even number, as base64.
std::string hex_to_base64(const std::string& hex) {
  constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 6) {
    unsigned bits = 0;
    for (size_t j = i; j < i + 6; ++j) {
      bits = bits << 4 | static_cast<unsigned>(j < hex.size() ? hex_digit(hex[j]) : 0);
    }
    const size_t bytes = std::min<size_t>(6, hex.size() - i) / 2;
    for (size_t d = 0; d < 4; ++d) {
      out += d <= bytes ? kDigits[bits >> (18 - 6 * d) & 63] : '=';
    }
  }
  return out;
}

}  // namespace

std::string escape_html(std::string_view text) {
  return replace_each(text, "&<>\"'", {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"});
}

std::string escape_script(std::string_view json) {
  return replace_each(json, "<>&", {"\\u003c", "\\u003e", "\\u0026"});
}

std::string HtmlTable::html() const {
  std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                    escape_html(caption) + "\"><table><caption>" + escape_html(caption) +
                    "</caption><thead><tr>";
  for (const auto& column : columns) {
    out += "<th scope=\"col\">" + escape_html(column) + "</th>";
  }
  out += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    out += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      out += (i == 0 ? "<th scope=\"row\">" : "<td>") + escape_html(row[i]) +
             (i == 0 ? "</th>" : "</td>");
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>\n";
}

std::string script_hash(std::string_view script) {
  return "sha256-" + hex_to_base64(sha256(script));
}

}  // namespace medgraft::report
