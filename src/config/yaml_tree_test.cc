#include "config/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  const auto parsed = ParseYaml(text);
  return parsed ? "" : parsed.error().context;
}

TEST(YamlTreeTest, KeepsOrderLinesAndQuoting) {
  const auto root = ParseYaml("# head\nb: 1\na: \"2\"\nlist:\n  - x\n  - ~\n").value();
  ASSERT_EQ(root.kind, YamlNode::Kind::kMap);
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[0].key, "b");
  EXPECT_EQ(root.entries[0].line, 2);
  EXPECT_EQ(root.entries[0].value.scalar, "1");
  EXPECT_FALSE(root.entries[0].value.quoted);
  EXPECT_TRUE(root.entries[1].value.quoted);
  ASSERT_EQ(root.entries[2].value.items.size(), 2u);
  EXPECT_EQ(root.entries[2].value.items[1].kind, YamlNode::Kind::kNull);
}

TEST(YamlTreeTest, TakesAnEmptyDocumentAsNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(ParseYaml(text).value().kind, YamlNode::Kind::kNull) << text;
  }
}

TEST(YamlTreeTest, ReadsWindowsLineEndsAndFlowStyle) {
  const auto root = ParseYaml("a: 1\r\nredis: {address: x, db: 2}\r\n").value();
  EXPECT_EQ(root.entries[0].value.scalar, "1");
  EXPECT_EQ(root.entries[1].value.entries[1].key, "db");
}

TEST(YamlTreeTest, RejectsTabsInIndentationWithTheLine) {
  EXPECT_EQ(ErrorOf("redis:\n\taddress: x\n"), "line 2: indented with a tab; use spaces");
  EXPECT_EQ(ErrorOf("redis:\n \t address: x\n"), "line 2: indented with a tab; use spaces");
  EXPECT_EQ(ErrorOf("a: 1\n \t\n"), "");  // a blank line may
}

TEST(YamlTreeTest, RejectsTwoOfTheSameKey) {
  EXPECT_EQ(ErrorOf("a: 1\nb: 2\na: 3\n"), "line 3: a is set twice (first on line 1)");
}

TEST(YamlTreeTest, RejectsAliasesSoThatABombCannotGrow) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last +
            ", " + last + "]\n";
  }
  EXPECT_THAT(ErrorOf(bomb), StartsWith("line 2: YAML aliases are not accepted"));
  EXPECT_EQ(ErrorOf("a: &anchor 1\n"), "");  // an anchor nobody uses is harmless
}

TEST(YamlTreeTest, RejectsASecondDocument) {
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
}

TEST(YamlTreeTest, RejectsKeysThatAreNotWords) {
  EXPECT_THAT(ErrorOf("[a]: 1\n"), HasSubstr("a key must be a plain word"));
  EXPECT_THAT(ErrorOf("? {a: 1}\n: 1\n"), HasSubstr("a key must be a plain word"));
  EXPECT_THAT(ErrorOf("~: 1\n"), HasSubstr("a key must be a plain word"));
}

TEST(YamlTreeTest, RejectsBrokenYamlWithTheLine) {
  EXPECT_THAT(ErrorOf("a: [1, 2\nb: 3\n"), StartsWith("line "));
  EXPECT_THAT(ErrorOf("a: 'never closed"), StartsWith("line 1: "));
  EXPECT_THAT(ErrorOf("a: b: c\n"), StartsWith("line 1: "));
}

TEST(YamlTreeTest, RejectsTextThatIsNotUtf8) {
  EXPECT_EQ(ErrorOf("a: 1\nb: \xFF\n"), "line 2: not UTF-8 text");
  EXPECT_EQ(ErrorOf(std::string_view("a: \0x", 5)), "line 1: not UTF-8 text");
}

TEST(YamlTreeTest, HoldsItsLimits) {
  const std::string comment = "# " + std::string(kMaxDocumentBytes - 3, 'x') + "\n";
  EXPECT_TRUE(ParseYaml(comment).has_value());
  EXPECT_EQ(ParseYaml(comment + "\n").error().code, ErrorCode::kLimitExceeded);

  const std::string open(kMaxDocumentDepth, '[');
  const std::string close(kMaxDocumentDepth, ']');
  EXPECT_EQ(ParseYaml("a: " + open + close).error().code, ErrorCode::kLimitExceeded);
  EXPECT_FALSE(ParseYaml("a: " + std::string(200'000, '[')).has_value());

  std::string many = "a: [0";
  for (std::size_t i = 0; i < kMaxDocumentNodes; ++i) many += ",0";
  EXPECT_EQ(ParseYaml(many + "]").error().code, ErrorCode::kLimitExceeded);
}

TEST(YamlTreeTest, NeverRepeatsAScalarInAnError) {
  for (const char* text :
       {"password: *hunter2\n", "password: \"\\hunter2\"\n", "password: !<hunter2\n",
        "hunter2\npassword: [\n", "x: {password:hunter2, password:hunter2}\n"}) {
    EXPECT_THAT(ErrorOf(text), Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(ShownKeyTest, StopsAtTheFirstCharacterThatIsNoPartOfAName) {
  EXPECT_EQ(ShownKey("redis_address"), "redis_address");
  EXPECT_EQ(ShownKey("password:hunter2"), "password…");
  EXPECT_EQ(ShownKey(std::string(50, 'a')), std::string(40, 'a') + "…");
  EXPECT_EQ(ShownKey(""), "");
}

}  // namespace
}  // namespace ingress::config
