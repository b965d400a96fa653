#include "base/printable.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

TEST(PrintableTest, KeepsPlainText) { EXPECT_EQ(Printable("Lavf59.27.100"), "Lavf59.27.100"); }

TEST(PrintableTest, EscapesControlBytesAndBackslash) {
  EXPECT_EQ(Printable("a\nb\\\x1b\xff"), "a\\x0ab\\x5c\\x1b\\xff");
}

TEST(PrintableTest, CutsLongTextAndSaysSo) {
  EXPECT_EQ(Printable("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(Printable("abcdefghi", 8), "abcde...");
}

TEST(PrintableTest, NeverCutsInsideAnEscape) { EXPECT_EQ(Printable("abc\n\n\n", 8), "abc..."); }

TEST(PrintableTest, StaysWithinATinyLimit) {
  EXPECT_EQ(Printable("abcdef", 2), "..");
  EXPECT_EQ(Printable("abcdef", 0), "");
}

}  // namespace
}  // namespace ingress
