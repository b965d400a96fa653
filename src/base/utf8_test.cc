#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ingress {
namespace {

using namespace std::string_view_literals;

std::vector<char32_t> CodePoints(std::string_view text) {
  std::vector<char32_t> out;
  while (!text.empty()) out.push_back(TakeCodePoint(text));
  return out;
}

TEST(Utf8Test, ReadsSequencesOfEachLength) {
  EXPECT_EQ(CodePoints("z\xC3\xA9\xE8\xBB\x9F\xF0\x9F\x9A\x80"),
            (std::vector<char32_t>{U'z', 0xE9, 0x8EDF, 0x1F680}));
}

TEST(Utf8Test, ReadsTheEdgesOfEachLength) {
  EXPECT_EQ(
      CodePoints("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
      (std::vector<char32_t>{0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF}));
}

TEST(Utf8Test, LeavesValidTextAlone) {
  const std::string text = "caf\xC3\xA9 \xE8\xBB\x9F \xF0\x9F\x9A\x80 \xEF\xBF\xBD";
  EXPECT_EQ(ToValidUtf8(text), text);
  EXPECT_EQ(ToValidUtf8("a\0b"sv), "a\0b"sv);
  EXPECT_EQ(ToValidUtf8(""), "");
}

TEST(Utf8Test, ReplacesEachByteThatIsNotPartOfASequence) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(ToValidUtf8("a\xFF"
                        "b"),
            "a" + r + "b");
  EXPECT_EQ(ToValidUtf8("\x80"), r);
  EXPECT_EQ(ToValidUtf8("\xE8\xBB"), r + r);  // truncated
  EXPECT_EQ(ToValidUtf8("\xE8\xBB"
                        "x"),
            r + r + "x");                                     // interrupted
  EXPECT_EQ(ToValidUtf8("\xC0\x80"), r + r);                  // longer than needed
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), r + r + r);          // surrogate
  EXPECT_EQ(ToValidUtf8("\xF4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
}

}  // namespace
}  // namespace ingress
