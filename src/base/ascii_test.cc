#include "base/ascii.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

TEST(ToLowerTest, ChangesAsciiLettersAlone) {
  EXPECT_EQ(ToLower("AZaz@[`{09-"), "azaz@[`{09-");
  EXPECT_EQ(ToLower("\xC3\x84"), "\xC3\x84");  // Ä in UTF-8
  EXPECT_EQ(ToLower(""), "");
}

TEST(EqualsIgnoringCaseTest, ComparesAllOfBoth) {
  EXPECT_TRUE(EqualsIgnoringCase("video/H264", "VIDEO/h264"));
  EXPECT_TRUE(EqualsIgnoringCase("", ""));
  EXPECT_FALSE(EqualsIgnoringCase("video/H264", "video/H26"));
  EXPECT_FALSE(EqualsIgnoringCase("@", "`"));  // 0x20 apart, as letters are
  EXPECT_FALSE(EqualsIgnoringCase("\xC3\x84", "\xC3\xA4"));
}

}  // namespace
}  // namespace ingress
