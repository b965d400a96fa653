#include "base/utf8.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

TEST(Utf8Test, ReadsSequencesOfEveryLength) {
  EXPECT_EQ(NextCodePoint("A").code_point, U'A');
  EXPECT_EQ(NextCodePoint("\xC3\xA9").code_point, U'é');
  EXPECT_EQ(NextCodePoint("\xE2\x82\xAC").code_point, U'€');
  EXPECT_EQ(NextCodePoint("\xF0\x9F\x8E\xA5").code_point, 0x1F3A5u);
}

TEST(Utf8Test, RejectsWhatRfc3629Forbids) {
  EXPECT_FALSE(IsUtf8("\x80"));              // continuation without a lead
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));          // overlong '/'
  EXPECT_FALSE(IsUtf8("\xE0\x80\xAF"));      // overlong, three bytes
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsUtf8("\xE2\x82"));          // truncated
  EXPECT_FALSE(IsUtf8("\xFF"));
}

TEST(Utf8Test, SaysNothingOfEmptyText) {
  EXPECT_EQ(NextCodePoint("").size, 0u);
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_EQ(PrintableUtf8("", 10), "");
}

TEST(PrintableUtf8Test, ReplacesInvalidBytesAndControls) {
  EXPECT_EQ(PrintableUtf8("a\x1B[31mb\xFF", 100), "a\xEF\xBF\xBD[31mb\xEF\xBF\xBD");
  EXPECT_EQ(PrintableUtf8("\xE2\x80\xAE"
                          "abc",
                          100),
            "\xEF\xBF\xBD"
            "abc");  // right-to-left override
}

TEST(PrintableUtf8Test, CutsAtACharacterAndMarksTheCut) {
  EXPECT_EQ(PrintableUtf8("abcdef", 6), "abcdef");
  EXPECT_EQ(PrintableUtf8("abcdefg", 6), "abc\xE2\x80\xA6");
  EXPECT_EQ(PrintableUtf8("ab\xE2\x82\xAC\xE2\x82\xAC", 7), "ab\xE2\x80\xA6");
  EXPECT_EQ(PrintableUtf8("abc", 2), "");  // no room for a mark
}

}  // namespace
}  // namespace ingress
