#include "base/text.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

TEST(IsUtf8Test, AcceptsOnlyWhatRfc3629Allows) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("é€\xF0\x9F\x8E\xA5\xEF\xBF\xBD"));
  EXPECT_FALSE(IsUtf8("\x80"));              // continuation without a lead
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));          // overlong '/'
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsUtf8("\xE2\x82"));          // truncated
}

TEST(PrintableUtf8Test, ReplacesInvalidBytesAndControls) {
  EXPECT_EQ(PrintableUtf8("a\x1B[31mb\xFF", 100), "a\xEF\xBF\xBD[31mb\xEF\xBF\xBD");
  const std::string right_to_left_override = "\xE2\x80\xAE";
  EXPECT_EQ(PrintableUtf8(right_to_left_override + "abc", 100),
            "\xEF\xBF\xBD" + std::string("abc"));
}

TEST(PrintableUtf8Test, CutsAtACharacterAndMarksTheCut) {
  EXPECT_EQ(PrintableUtf8("", 10), "");
  EXPECT_EQ(PrintableUtf8("abcdef", 6), "abcdef");
  EXPECT_EQ(PrintableUtf8("abcdefg", 6), "abc…");
  EXPECT_EQ(PrintableUtf8("ab€€", 7), "ab…");
  EXPECT_EQ(PrintableUtf8("abc", 2), "");  // no room for a mark
}

}  // namespace
}  // namespace ingress
