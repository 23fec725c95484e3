#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medgraft::report {

/// @return `text` for use in HTML content and quoted attributes.
std::string escape_html(std::string_view text);

/// @return JSON text that cannot end the <script> element that holds it.
std::string escape_script(std::string_view json);

/// A data table with a caption; the first column heads its row.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< Plain text; escaped here.

  std::string html() const;
};

/// @return "sha256-..." of an inline script, as a Content-Security-Policy names it.
std::string script_hash(std::string_view script);

}  // namespace medgraft::report
