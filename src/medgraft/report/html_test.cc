#include "medgraft/report/html.h"

#include <gtest/gtest.h>

namespace medgraft::report {
namespace {

TEST(HtmlTest, EscapesWhatCouldBecomeMarkup) {
  EXPECT_EQ(escape_html("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escape_script("{\"a\":\"</script>\"}").find("</script"), std::string::npos);
}

TEST(HtmlTest, TableEscapesItsCellsAndHeadsItsRows) {
  const HtmlTable table{"A <caption>", {"name", "x"}, {{"<i>", "1"}}};
  const auto html = table.html();
  EXPECT_EQ(html.find("<i>"), std::string::npos);
  EXPECT_NE(html.find("<th scope=\"row\">&lt;i&gt;</th><td>1</td>"), std::string::npos);
}

// printf '' | openssl dgst -sha256 -binary | base64, and the same of "abc".
TEST(HtmlTest, ScriptHashIsBase64OfTheDigest) {
  EXPECT_EQ(script_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(script_hash("abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

}  // namespace
}  // namespace medgraft::report
