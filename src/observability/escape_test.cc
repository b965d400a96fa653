#include "observability/escape.h"

#include <gtest/gtest.h>

namespace ingress::observability {
namespace {

TEST(EscapeTest, LeavesPrintableTextAlone) {
  EXPECT_EQ(Escape("Bühne 1 ▶", Escaping::kPlain), "Bühne 1 ▶");
  EXPECT_EQ(Escape("", Escaping::kJson), "");
}

TEST(EscapeTest, EscapesQuotesOnlyWhereThereAreQuotes) {
  EXPECT_EQ(Escape(R"(a"b\c)", Escaping::kPlain), R"(a"b\c)");
  EXPECT_EQ(Escape(R"(a"b\c)", Escaping::kQuoted), R"(a\"b\\c)");
  EXPECT_EQ(Escape(R"(a"b\c)", Escaping::kJson), R"(a\"b\\c)");
}

TEST(EscapeTest, KeepsALineALine) {
  EXPECT_EQ(Escape("a\nb\r\tc\x1b[2J\x7f", Escaping::kJson), R"(a\nb\r\tc\u001b[2J\u007f)");
  EXPECT_EQ(Escape("\xE2\x80\xA8", Escaping::kQuoted), R"(\u2028)");  // line separator
  EXPECT_EQ(Escape("\xE2\x80\xAE", Escaping::kQuoted), R"(\u202e)");  // right-to-left override
  EXPECT_EQ(Escape("\xC2\x85", Escaping::kQuoted), R"(\u0085)");      // next line, a C1 control
  EXPECT_EQ(Escape(std::string_view("\0", 1), Escaping::kJson), R"(\u0000)");
}

TEST(EscapeTest, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(Escape("a\xff\xc3", Escaping::kQuoted), R"(a\xff\xc3)");
  EXPECT_EQ(Escape("a\xff\xc3", Escaping::kJson), R"(a\ufffd\ufffd)");
  EXPECT_EQ(Escape("\xEF\xBF\xBD", Escaping::kJson), "\xEF\xBF\xBD");  // a real U+FFFD
}

TEST(CutAtCharacterTest, CutsBetweenCharactersAndSaysHowMuchIsGone) {
  EXPECT_EQ(CutAtCharacter("abcd", 4), "abcd");
  EXPECT_EQ(CutAtCharacter("abcde", 4), "abcd…(+1 bytes)");
  EXPECT_EQ(CutAtCharacter("ab€x", 4), "ab…(+4 bytes)");
  EXPECT_EQ(CutAtCharacter("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80…(+4 bytes)");
}

TEST(IsBareWordTest, WantsQuotesForAnythingAmbiguous) {
  EXPECT_TRUE(IsBareWord("IN_abc-1.2:3/4"));
  for (const char* text : {"", "a b", "a=b", "\"", "é", "a\n"}) EXPECT_FALSE(IsBareWord(text));
}

}  // namespace
}  // namespace ingress::observability
