#include "flv/coded_frame.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "base/testing/hex.h"

namespace ingress::flv {
namespace {

using std::string_view_literals::operator""sv;

TEST(CodedFrameTest, FindsFramesOfEveryLayout) {
  for (const auto video :
       std::array{"17 01 000000 00000001 65"sv, "27 01 000028 41"sv, "1C 01 000000 26"sv,
                  "91 68766331 000000 26"sv, "A3 61763031 0A"sv, "22 00"sv}) {
    EXPECT_TRUE(HoldsCodedFrame(TagType::kVideo, FromHex(video))) << video;
  }
  for (const auto audio : std::array{"AF 01 21"sv, "2F FF"sv, "91 4F707573 FC"sv, "6F 01"sv}) {
    EXPECT_TRUE(HoldsCodedFrame(TagType::kAudio, FromHex(audio))) << audio;
  }
}

TEST(CodedFrameTest, FindsNoneInHeadersMetadataAndRubbish) {
  for (const auto video : std::array{""sv, "17"sv, "17 01"sv, "17 01 000000"sv,
                                     "17 00 000000 0142C01F"sv, "17 02 000000"sv, "52 00"sv,
                                     "91 6176"sv, "90 61766331 01"sv, "94 68766331 02"sv}) {
    EXPECT_FALSE(HoldsCodedFrame(TagType::kVideo, FromHex(video))) << video;
  }
  for (const auto audio :
       std::array{""sv, "AF"sv, "AF 01"sv, "AF 00 1190"sv, "2F"sv, "90 4F707573 01"sv}) {
    EXPECT_FALSE(HoldsCodedFrame(TagType::kAudio, FromHex(audio))) << audio;
  }
  EXPECT_FALSE(HoldsCodedFrame(TagType::kScript, FromHex("02 0001 61")));
}

}  // namespace
}  // namespace ingress::flv
