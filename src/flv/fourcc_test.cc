#include "flv/fourcc.h"

#include <gtest/gtest.h>

namespace ingress::flv {
namespace {

TEST(FourCcTest, IsWrittenInLetters) {
  EXPECT_EQ(ToText(kVvc1), "vvc1");
  EXPECT_EQ(ToText(kAc3), "ac-3");
  EXPECT_EQ(ToText(0x6d703400), "mp4?");
  EXPECT_EQ(ToText(0xff0a7f20), "??? ");
}

TEST(FourCcTest, NamesTheCodecsWeKnow) {
  EXPECT_EQ(VideoCodecOf(kHvc1), VideoCodec::kHevc);
  EXPECT_EQ(VideoCodecOf(kVvc1), std::nullopt);
  EXPECT_EQ(AudioCodecOf(kMp4a), AudioCodec::kAac);
  EXPECT_EQ(AudioCodecOf(kFlac), AudioCodec::kFlac);
  EXPECT_EQ(AudioCodecOf(kVvc1), std::nullopt);
}

}  // namespace
}  // namespace ingress::flv
