#include "config/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(YamlTreeTest, RejectsAQuoteThatIsNeverClosedWithItsLine) {
  for (const char* text : {"a: 1\nb: \"text\nc: 3\n", "a: 1\nb: 'text\nc: 3\n\n",
                           "a: 1\nb: \"text \\\"\n", "a: 1\nb: 'it''s\n"}) {
    const auto tree = ParseYaml(text);
    ASSERT_FALSE(tree) << text;
    EXPECT_EQ(tree.error().context, "line 2: a quote is opened and never closed") << text;
  }
}

TEST(YamlTreeTest, TakesEveryQuoteThatIsClosed) {
  for (const char* text :
       {"a: \"x\"", "a: 'it''s'\n", "a: \"x\\\"y\\\\\"\n", "a: \"over\n  lines\"\nb: 2\n",
        "\xEF\xBB\xBF'a': 1\n", "- \"\xC3\xA4\": 'b'\r\n- ''\r\n", "a: |\n  it's \"so\n",
        "a: &x 'y'\nb: *x\n", "a: !!str 'y'\n"}) {
    EXPECT_TRUE(ParseYaml(text)) << text;
  }
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

TEST(YamlTreeTest, PutsWhatAnAnchorStandsForInPlaceOfAnAlias) {
  const auto root = ParseYaml(
                        "word: &w \"7\"\nmap: &m {k: *w}\nnone: &n ~\n"
                        "list: [*m, *w, *n]\n*w : as a key\n")
                        .value();
  const YamlNode& list = root.entries[3].value;
  ASSERT_EQ(list.items.size(), 3U);
  EXPECT_EQ(list.items[0].entries[0].value.scalar, "7");
  EXPECT_TRUE(list.items[1].quoted);
  EXPECT_EQ(list.items[1].line, 1);
  EXPECT_EQ(list.items[2].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.entries[4].key, "7");
}

TEST(YamlTreeTest, MergesTheMapsOfTheMergeKeyBelowTheMapsOwnKeys) {
  const auto root = ParseYaml(
                        "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n"
                        "one:\n  <<: *a\n  y: 9\nmany: {z: 9, <<: [*a, *b]}\n'<<': as a word\n")
                        .value();
  const auto value = [](const YamlNode& map, std::string_view key) {
    const auto found = std::ranges::find(map.entries, key, &YamlNode::Entry::key);
    return found == map.entries.end() ? "none" : found->value.scalar;
  };
  const YamlNode& one = root.entries[2].value;
  EXPECT_EQ(one.entries.size(), 2U);
  EXPECT_EQ(value(one, "x") + value(one, "y"), "19");
  const YamlNode& many = root.entries[3].value;
  EXPECT_EQ(value(many, "x") + value(many, "y") + value(many, "z"), "119");
  EXPECT_EQ(value(root, "<<"), "as a word");
  EXPECT_THAT(ErrorOf("a: &a 1\nb: {<<: *a}\n"), StartsWith("line 2: << takes a map"));
  EXPECT_THAT(ErrorOf("a: &a [1]\nb: {<<: *a}\n"), StartsWith("line 2: << takes a map"));
}

TEST(YamlTreeTest, CountsAliasesInFullSoThatABombCannotGrow) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last +
            ", " + last + "]\n";
  }
  const auto parsed = ParseYaml(bomb);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::kLimitExceeded);

  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_THAT(ErrorOf(deep), HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf("a: &a [*a]\n"), HasSubstr("inside what it stands for"));
  EXPECT_THAT(ErrorOf("a: *nobody\n"), StartsWith("line 1: "));
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
