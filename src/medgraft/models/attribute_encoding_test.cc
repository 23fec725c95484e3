#include "medgraft/models/attribute_encoding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

using Values = std::vector<float>;

Values encoded(const AttributeEncoding& encoding, const std::string& value) {
  Values out;
  encoding.encode(value, out);
  return out;
}

TEST(AttributeEncodingTest, NumbersAreStandardizedAndMarkedWhereMissing) {
  const auto age = fit_attribute("age", true, {"40", "", "60", "50"});
  EXPECT_DOUBLE_EQ(age.mean, 50);
  EXPECT_NEAR(age.deviation, std::sqrt(200.0 / 3), 1e-12);
  EXPECT_EQ(encoded(age, "50"), (Values{0, 0}));
  EXPECT_EQ(encoded(age, ""), (Values{0, 1}));
  EXPECT_FLOAT_EQ(encoded(age, "60")[0], static_cast<float>(std::sqrt(1.5)));
}

TEST(AttributeEncodingTest, EqualNumbersDivideByOne) {
  EXPECT_EQ(fit_attribute("age", true, {"7", "7"}).deviation, 1);
  EXPECT_EQ(fit_attribute("age", true, {"", ""}).deviation, 1);
}

TEST(AttributeEncodingTest, CategoriesHaveAPlaceForTheUnknown) {
  const auto sex = fit_attribute("sex", false, {"M", "F", "", "M"});
  EXPECT_EQ(sex.categories, (std::vector<std::string>{"F", "M"}));
  EXPECT_EQ(encoded(sex, "F"), (Values{1, 0, 0}));
  EXPECT_EQ(encoded(sex, "M"), (Values{0, 1, 0}));
  EXPECT_EQ(encoded(sex, ""), (Values{0, 0, 1}));
  EXPECT_EQ(encoded(sex, "X"), (Values{0, 0, 1}));
}

TEST(AttributeEncodingTest, RefusesANumberThatIsNone) {
  EXPECT_THROW(fit_attribute("age", true, {"old"}), UserError);
  EXPECT_THROW(fit_attribute("age", true, {"inf"}), UserError);
}

TEST(AttributeEncodingTest, DamagedMetadataIsRefused) {
  for (const char* text : {R"({})", R"([1])", R"([{"name": 1}])", R"([{"name": "a"}])",
                           R"([{"name": "a", "categories": [1]}])",
                           R"([{"name": "a", "mean": 0, "deviation": 0}])"}) {
    EXPECT_THROW(attributes_from_json(nlohmann::json::parse(text), "f"), UserError)
        << text;
  }
}

}  // namespace
}  // namespace medgraft::models
