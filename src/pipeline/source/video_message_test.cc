#include "pipeline/source/video_message.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/hex.h"
#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/testing/nal_units.h"

namespace ingress::pipeline {
namespace {

using codec::MakePps;
using codec::MakeSlice;
using codec::MakeSps;
using Kind = stream::VideoUnit::Kind;
using NalFraming = stream::VideoUnit::NalFraming;

class VideoMessageTest : public testing::Test {
 protected:
  VideoMessage Read(ByteView data, Kind kind = Kind::kFrame, VideoCodec codec = VideoCodec::kH264,
                    NalFraming framing = NalFraming::kLengthPrefixed) {
    Bytes body = {0x27, 1, 0, 0, 0};
    body.insert(body.end(), data.begin(), data.end());
    body.insert(body.end(), {9, 9, 9});  // of another track
    at_ = body.data() + 5;
    return reader_.Read({.kind = kind,
                         .codec = codec,
                         .framing = framing,
                         .payload = stream::Payload(std::move(body), 5, data.size())});
  }

  void Announce(int length_size) {
    const codec::AvcConfig config{.profile_idc = 66,
                                  .nal_length_size = length_size,
                                  .sps = {MakeSps(0, 640, 368)},
                                  .pps = {MakePps(0, 0)}};
    Read(codec::SerializeAvcConfig(config), Kind::kFormat);
  }

  static Bytes Short(const Bytes& nal) {
    Bytes out = {static_cast<std::uint8_t>(nal.size() >> 8), static_cast<std::uint8_t>(nal.size())};
    out.insert(out.end(), nal.begin(), nal.end());
    return out;
  }

  VideoMessageReader reader_;
  const std::uint8_t* at_ = nullptr;
  const Bytes p_ = MakeSlice(false, 0);
  const Bytes whole_ = codec::Prefixed({p_});
};

TEST_F(VideoMessageTest, CopiesNothingOfTheUsualForm) {
  const VideoMessage message = Read(whole_);
  EXPECT_TRUE(message.begins_picture());
  EXPECT_EQ(message.unit.payload.view().data(), at_);
  EXPECT_TRUE(std::ranges::equal(message.unit.payload.view(), whole_))
      << "without what follows the data";
}

TEST_F(VideoMessageTest, MakesAnnexBTheUsualForm) {
  Bytes annex_b = {0, 0, 0, 1};
  annex_b.insert(annex_b.end(), p_.begin(), p_.end());
  const VideoMessage message = Read(annex_b);
  EXPECT_TRUE(std::ranges::equal(message.unit.payload.view(), whole_));
  EXPECT_TRUE(message.begins_picture());
}

TEST_F(VideoMessageTest, TakesTheInputsWordForAnnexB) {
  const Bytes annex_b = {0, 0, 1, 0x09, 0xf0};  // a delimiter behind a start code of three bytes
  const VideoMessage message = Read(annex_b, Kind::kFrame, VideoCodec::kH264, NalFraming::kAnnexB);
  EXPECT_TRUE(std::ranges::equal(message.unit.payload.view(), FromHex("0000000209f0")));
  EXPECT_FALSE(message.damaged());
}

TEST_F(VideoMessageTest, MakesShortLengthsTheUsualForm) {
  Announce(2);
  EXPECT_TRUE(std::ranges::equal(Read(Short(p_)).unit.payload.view(), whole_));
  EXPECT_TRUE(std::ranges::equal(Read(Short(p_)).unit.payload.view(), whole_));
}

TEST_F(VideoMessageTest, GoesOnWithTheLengthsThatWork) {
  EXPECT_TRUE(Read(whole_).begins_picture());
  Announce(1);
  EXPECT_TRUE(std::ranges::equal(Read(whole_).unit.payload.view(), whole_))
      << "the record was wrong";
  Announce(2);
  EXPECT_TRUE(std::ranges::equal(Read(Short(p_)).unit.payload.view(), whole_))
      << "this one was right";
}

TEST_F(VideoMessageTest, KnowsWhatIsNoPicture) {
  EXPECT_FALSE(Read(codec::Prefixed({MakeSps(0, 640, 368)})).begins_picture());
  EXPECT_FALSE(Read(codec::Prefixed({MakeSlice(false, 99)})).begins_picture());
  EXPECT_FALSE(Read({}).begins_picture());
  EXPECT_FALSE(Read(whole_, Kind::kEndOfSequence).begins_picture());
  EXPECT_TRUE(
      Read(FromHex("1000009d012a80026801"), Kind::kFrame, VideoCodec::kVp8).begins_picture());
  VideoMessage foreign = Read(whole_);
  foreign.unit.codec.reset();
  EXPECT_FALSE(foreign.begins_picture());
}

TEST_F(VideoMessageTest, ReportsDamage) {
  EXPECT_TRUE(Read(FromHex("000000ff65")).damaged());
  EXPECT_FALSE(Read(whole_).damaged());
  EXPECT_FALSE(Read({}).damaged());
}

}  // namespace
}  // namespace ingress::pipeline
