#include "pipeline/source/video_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/hex.h"
#include "codec/hevc.h"
#include "codec/testing/nal_units.h"
#include "stream/testing/timestamps.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using Kind = stream::VideoUnit::Kind;

// 1280x720 High from x264, without B-frames.
constexpr const char* kSps = "6764001facd9405005bb016a02020280000003008000001e078c18cb";
constexpr const char* kPps = "68ebe3cb22c0";

Bytes Prefixed(std::initializer_list<Bytes> units) {
  Bytes out;
  for (const Bytes& unit : units) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.push_back(static_cast<std::uint8_t>(unit.size() >> shift));
    }
    out.insert(out.end(), unit.begin(), unit.end());
  }
  return out;
}

// The same at 1920x1080.
constexpr const char* kFullHdSps = "67640028acd940780227e5c044000003000400000300f03c60c658";

Bytes Config(const char* sps = kSps) {
  codec::AvcConfig config;
  config.sps = {FromHex(sps)};
  config.pps = {FromHex(kPps)};
  return codec::SerializeAvcConfig(config);
}

class VideoSourceTest : public testing::Test {
 protected:
  VideoSource::Output Give(Kind kind, ByteView data, bool key = false,
                           VideoCodec codec = VideoCodec::kH264) {
    return Give({.kind = kind, .codec = codec, .key_frame = key}, data);
  }

  VideoSource::Output Give(stream::VideoUnit unit, ByteView data) {
    Bytes body = {0x17, 1, 0, 0, 0};
    body.insert(body.end(), data.begin(), data.end());
    unit.dts = stream::AtMs(7);
    unit.payload = stream::Payload(std::move(body), 5, data.size());
    VideoMessage message = reader_.Read(std::move(unit));
    return source_.OnUnit({.message = std::move(message), .placed = {.time = 1s, .live = true}});
  }

  VideoMessageReader reader_;
  VideoSource source_;
  const Bytes idr_ = Prefixed({FromHex("658884000a")});
  const Bytes p_ = Prefixed({FromHex("419a0200")});
};

TEST_F(VideoSourceTest, KnowsTheFormatFromTheSequenceHeader) {
  const auto output = Give(Kind::kFormat, Config());
  ASSERT_FALSE(output.problem) << output.problem->context;
  EXPECT_TRUE(output.format_changed);
  ASSERT_TRUE(source_.format().has_value());
  EXPECT_EQ(source_.format()->width, 1280);
  EXPECT_EQ(source_.format()->height, 720);
  EXPECT_FALSE(Give(Kind::kFormat, Config()).format_changed) << "the same again";
}

TEST_F(VideoSourceTest, GivesPicturesFromTheFirstKeyFrameOn) {
  EXPECT_EQ(Give(Kind::kFrame, idr_, true).picture, nullptr);
  Give(Kind::kFormat, Config());
  EXPECT_EQ(Give(Kind::kFrame, p_).picture, nullptr);
  const auto picture = Give(Kind::kFrame, idr_, true).picture;
  ASSERT_NE(picture, nullptr);
  EXPECT_TRUE(picture->idr);
  EXPECT_EQ(picture->timestamp, 7ms);
  EXPECT_TRUE(std::ranges::equal(picture->payload(), idr_));
  EXPECT_NE(Give(Kind::kFrame, p_).picture, nullptr);
  EXPECT_EQ(source_.counters().before_header, 1U);
  EXPECT_EQ(source_.counters().before_key_frame, 1U);
}

TEST_F(VideoSourceTest, TakesParameterSetsFromTheStream) {
  const Bytes picture = Prefixed({FromHex(kSps), FromHex(kPps), FromHex("658884000a")});
  const auto output = Give(Kind::kFrame, picture, true);
  EXPECT_TRUE(output.format_changed);
  EXPECT_NE(output.picture, nullptr);
}

TEST_F(VideoSourceTest, CountsADamagedPictureAndGoesOn) {
  Give(Kind::kFormat, Config());
  EXPECT_EQ(Give(Kind::kFrame, FromHex("0000ffff65"), true).picture, nullptr);
  EXPECT_EQ(source_.counters().damaged, 1U);
  EXPECT_NE(Give(Kind::kFrame, idr_, true).picture, nullptr);
}

TEST_F(VideoSourceTest, SeesThatAPictureIsRotated) {
  Give(Kind::kFormat, Config());
  const Bytes quarter_turn = FromHex("062f0308001080");  // display_orientation, §D.2.26
  const Bytes picture = Prefixed({quarter_turn, FromHex("658884000a")});
  const VideoFormat unrotated_size = *source_.format();
  const auto rotated = Give(Kind::kFrame, picture, true);
  EXPECT_TRUE(rotated.picture->rotated);
  EXPECT_TRUE(rotated.format_changed);
  EXPECT_EQ(source_.format()->width, unrotated_size.height);
  EXPECT_EQ(source_.format()->height, unrotated_size.width);
  EXPECT_TRUE(Give(Kind::kFrame, p_).picture->rotated);
  EXPECT_FALSE(Give(Kind::kFrame, picture, true).format_changed);

  const auto back = Give(Kind::kFrame, idr_, true);
  EXPECT_FALSE(back.picture->rotated);
  EXPECT_TRUE(back.format_changed);
  EXPECT_EQ(source_.format()->width, unrotated_size.width);
}

TEST_F(VideoSourceTest, KeepsASourceRotatedWhoseSizeChanges) {
  Give(Kind::kFormat, Config());
  const Bytes quarter_turn = FromHex("062f0308001080");
  const Bytes picture = Prefixed({quarter_turn, FromHex("658884000a")});
  Give(Kind::kFrame, picture, true);
  EXPECT_FALSE(Give(Kind::kFormat, Config(kFullHdSps)).format_changed);
  const auto larger = Give(Kind::kFrame, picture, true);
  EXPECT_TRUE(larger.format_changed);
  EXPECT_EQ(source_.format()->width, 1080);
  EXPECT_EQ(source_.format()->height, 1920);
  EXPECT_FALSE(Give(Kind::kFrame, picture, true).format_changed);
}

TEST_F(VideoSourceTest, TakesTheSizeOfVp8FromItsKeyFrame) {
  // RFC 6386 §9.1: frame tag of a key frame, start code, 640 by 360.
  const Bytes key = FromHex("1000009d012a80026801000000000000");
  const auto output = Give(Kind::kFrame, key, true, VideoCodec::kVp8);
  ASSERT_FALSE(output.problem) << output.problem->context;
  EXPECT_TRUE(output.format_changed);
  EXPECT_EQ(source_.format()->name, "VP8");
  EXPECT_EQ(source_.format()->width, 640);
  ASSERT_NE(output.picture, nullptr);
  EXPECT_TRUE(output.picture->key_frame);
  EXPECT_FALSE(output.picture->idr);
}

TEST_F(VideoSourceTest, MakesHevcPixelsSquare) {
  // hvcC with one SPS of libx265 3.5: 720x576, sar=16:11.
  const Bytes config =
      FromHex("01" + std::string(40, '0') +
              "ff 01 a1 0001 002b "
              "42010101600000030090000003000003005aa005a20090596566924caf0468080000030008"
              "00000300c840");
  const auto output = Give(Kind::kFormat, config, true, VideoCodec::kHevc);
  ASSERT_FALSE(output.problem) << output.problem->context;
  EXPECT_TRUE(output.format_changed);
  EXPECT_EQ(source_.format()->width, 1047);
  EXPECT_EQ(source_.format()->height, 576);
}

/// Decoder configurations and sets as they should not be.
class OddVideoTest : public VideoSourceTest {
 protected:
  static Bytes Record(std::vector<Bytes> sps, std::vector<Bytes> pps) {
    return codec::SerializeAvcConfig(
        {.profile_idc = 66, .sps = std::move(sps), .pps = std::move(pps)});
  }
  Bytes Idr(std::uint32_t pps_id = 0) {
    return codec::Prefixed({codec::MakeSlice(true, 0, pps_id)});
  }
  Bytes P(std::uint32_t pps_id = 0) {
    return codec::Prefixed({codec::MakeSlice(false, 0, pps_id)});
  }

  void Start() {
    Give(Kind::kFormat, Record({small_}, {codec::MakePps(0, 0)}));
    ASSERT_TRUE(Give(Kind::kFrame, Idr(), true).picture);
  }
  int width() const { return source_.format() ? source_.format()->width : 0; }

  const Bytes small_ = codec::MakeSps(0, 640, 368);
};

TEST_F(OddVideoTest, TakesTheSpsThatIsInUseAndNotTheFirst) {
  EXPECT_TRUE(
      Give(Kind::kFormat, Record({codec::MakeSps(1, 32, 32), small_}, {codec::MakePps(0, 0)}))
          .format_changed);
  EXPECT_EQ(width(), 640);
  EXPECT_EQ(source_.avc_config().sps, std::vector<Bytes>{small_}) << "only what is used is sent";
}

TEST_F(OddVideoTest, LetsTheSlicesDecideBetweenTwoSps) {
  EXPECT_FALSE(Give(Kind::kFormat, Record({codec::MakeSps(1, 32, 32), small_},
                                          {codec::MakePps(0, 1), codec::MakePps(1, 0)}))
                   .format_changed);
  const auto first = Give(Kind::kFrame, Idr(1), true);
  EXPECT_TRUE(first.format_changed);
  EXPECT_TRUE(first.picture);
  EXPECT_EQ(width(), 640);
  EXPECT_TRUE(Give(Kind::kFrame, P(1)).picture);
  const auto switched = Give(Kind::kFrame, Idr(0), true);
  EXPECT_TRUE(switched.format_changed);
  EXPECT_TRUE(switched.picture);
  EXPECT_EQ(width(), 32);
}

TEST_F(OddVideoTest, GoesOnOverAConfigurationThatMakesNoSense) {
  Start();
  for (const Bytes& record :
       {FromHex("016400"), FromHex("00"), FromHex("7a7a7a7a7a7a7a7a"),
        Record({codec::MakeSps(0, 16384, 16384)}, {}), Record({codec::MakeSps(0, 16, 16, 8)}, {}),
        Record({FromHex("6764001f")}, {}), Record({small_}, {FromHex("68")})}) {
    const auto output = Give(Kind::kFormat, record);
    ASSERT_TRUE(output.problem);
    EXPECT_NE(output.problem->code, ErrorCode::kInternal);
    EXPECT_FALSE(output.format_changed);
    EXPECT_TRUE(Give(Kind::kFrame, P()).picture);
  }
  EXPECT_TRUE(Give(Kind::kFrame, Idr(), true).picture);
  EXPECT_EQ(width(), 640);
}

TEST_F(OddVideoTest, GoesOnOverAnSpsThatTheStreamDoesNotUse) {
  Start();
  Give(Kind::kFormat, Record({codec::MakeSps(0, 1280, 720)}, {codec::MakePps(0, 0)}));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Give(Kind::kFrame, P()).picture);
  const auto key = Give(Kind::kFrame, Idr(), true);
  EXPECT_TRUE(key.picture);
  EXPECT_FALSE(key.format_changed);
  EXPECT_EQ(width(), 640);
}

TEST_F(OddVideoTest, GoesOnOverAPictureOfAnotherCodec) {
  Start();
  EXPECT_EQ(Give({.kind = Kind::kFrame, .codec_name = "FourCC vvc1"}, P()).problem->code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(Give({.kind = Kind::kFrame, .codec_name = "FLV codec id 2"}, P()).problem->context,
            "video codec: FLV codec id 2");
  for (const auto codec :
       {VideoCodec::kHevc, VideoCodec::kVp8, VideoCodec::kVp9, VideoCodec::kAv1}) {
    for (const bool key : {false, true}) {
      const auto output = Give(Kind::kFrame, FromHex("0000000302010000000000000000"), key, codec);
      EXPECT_FALSE(output.picture);
      EXPECT_FALSE(output.format_changed);
    }
  }
  EXPECT_FALSE(Give(Kind::kFormat, FromHex("01000000030ba40202020000"), true, VideoCodec::kVp9)
                   .format_changed);
  EXPECT_TRUE(Give(Kind::kFrame, P()).picture);
  EXPECT_EQ(source_.format()->codec, VideoCodec::kH264);
}

TEST_F(OddVideoTest, ChangesTheCodecAtAKeyPictureAndBack) {
  Start();
  const Bytes key = FromHex("1000009d012a80026801000000000000");
  EXPECT_TRUE(Give(Kind::kFrame, key, true, VideoCodec::kVp8).format_changed);
  EXPECT_EQ(source_.format()->name, "VP8");
  EXPECT_TRUE(Give(Kind::kFrame, P()).problem);
  const auto back = Give(Kind::kFrame, Idr(), true);
  EXPECT_TRUE(back.format_changed);
  EXPECT_TRUE(back.picture);
  EXPECT_EQ(source_.format()->name, "H.264");
}

TEST_F(OddVideoTest, TellsWhyAStreamCannotBegin) {
  EXPECT_EQ(Give(Kind::kFormat, Record({codec::MakeSps(0, 16, 16, 8)}, {})).problem->code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(Give(Kind::kFormat, FromHex("0164")).problem->code, ErrorCode::kMalformed);
  EXPECT_TRUE(Give(Kind::kFrame, Idr(), true).waiting);
  EXPECT_EQ(source_.counters().before_header, 1U);
}

TEST_F(OddVideoTest, WaitsForAKeyPictureBehindABrokenOne) {
  Start();
  VideoMessage part =
      reader_.Read({.codec = VideoCodec::kH264,
                    .payload = stream::Payload(codec::Prefixed({codec::MakeSlice(false, 99)}))});
  EXPECT_TRUE(source_.OnUnit({.message = std::move(part), .placed = {}, .stray = true}).broken);
  EXPECT_FALSE(Give(Kind::kFrame, P()).picture);
  EXPECT_TRUE(Give(Kind::kFrame, Idr(), true).picture);
  EXPECT_TRUE(Give(Kind::kFrame, P()).picture);
}

TEST_F(OddVideoTest, TellsOfMorePpsBeforeThePictureThatNeedsThem) {
  Start();
  const auto output =
      Give(Kind::kFrame, codec::Prefixed({codec::MakePps(1, 0), codec::MakeSlice(false, 0, 1)}));
  EXPECT_TRUE(output.sets_changed);
  EXPECT_FALSE(output.format_changed);
  ASSERT_TRUE(output.picture);
  EXPECT_TRUE(output.picture->new_sets);
  EXPECT_EQ(source_.avc_config().pps.size(), 2U);
}

TEST_F(OddVideoTest, DoesNotObeyACompositionTimeThatIsAMistake) {
  Start();
  const auto give = [&](std::int32_t time) {
    const auto picture =
        Give({.codec = VideoCodec::kH264, .composition = std::chrono::milliseconds(time) + 500us},
             P())
            .picture;
    return picture->pts - picture->dts;
  };
  EXPECT_EQ(give(0), 500us);
  EXPECT_EQ(give(30'000), 500us);
  EXPECT_EQ(give(-8'388'608), 500us);
  EXPECT_EQ(source_.counters().composition, 2U);
}

TEST_F(OddVideoTest, CountsOnlyUsefulBytesOfAPicture) {
  Start();
  Bytes sei(50'000, 0x11);
  sei[0] = 6;
  sei[1] = 5;
  const Bytes slice = codec::MakeSlice(false, 0);
  const auto picture = Give(Kind::kFrame, codec::Prefixed({sei, slice})).picture;
  EXPECT_EQ(picture->useful_bytes, slice.size() + 4);
}

TEST_F(OddVideoTest, TakesHevcSetsFromTheStream) {
  // libx265 3.5, Main, 322x242.
  const Bytes sps = FromHex(
      "42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a02000000300200000030321");
  const Bytes vps = FromHex("40010c01ffff");
  const Bytes pps = FromHex("4401c172b46240");
  const auto output =
      Give(Kind::kFrame, codec::Prefixed({vps, sps, pps, codec::MakeHevcSlice(true, true)}), true,
           VideoCodec::kHevc);
  EXPECT_TRUE(output.format_changed);
  EXPECT_TRUE(output.picture);
  EXPECT_EQ(width(), 322);
  const auto config = codec::ParseHevcConfig(source_.format()->codec_config);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->parameter_sets, (std::vector<Bytes>{vps, sps, pps}));
}

// All sizes below are whole macroblocks.
Bytes AvcRecord(const Bytes& sps) {
  return codec::SerializeAvcConfig({.sps = {sps}, .pps = {codec::MakePps(0, 0)}});
}

TEST_F(VideoSourceTest, RefusesPicturesThatTakeTooMuchMemory) {
  const auto header = Give(Kind::kFormat, AvcRecord(codec::MakeSps(0, 8192, 4320)));
  ASSERT_TRUE(header.problem);
  EXPECT_EQ(header.problem->code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(header.problem->context,
            "H.264: pictures of 8192x4320, more than 9437184 pixels (max_input_pixels)");
  EXPECT_FALSE(source_.format());
  const auto picture = Give(Kind::kFrame, idr_, true);
  EXPECT_EQ(picture.picture, nullptr);
  EXPECT_EQ(picture.problem->code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(source_.too_large());

  // The encoder is set to a smaller size and goes on.
  Give(Kind::kFormat, AvcRecord(codec::MakeSps(0, 1280, 720)));
  const auto smaller = Give(Kind::kFrame, idr_, true);
  EXPECT_FALSE(smaller.problem);
  EXPECT_TRUE(smaller.format_changed);
  EXPECT_NE(smaller.picture, nullptr);
  EXPECT_FALSE(source_.too_large());
  EXPECT_GT(source_.format()->decoder_memory, 1280U * 720);
}

TEST_F(VideoSourceTest, GoesOnBesideALargeFormatThatIsOnlyAnnounced) {
  Give(Kind::kFormat, AvcRecord(codec::MakeSps(0, 1280, 720)));
  EXPECT_NE(Give(Kind::kFrame, idr_, true).picture, nullptr);
  EXPECT_FALSE(Give(Kind::kFormat, AvcRecord(codec::MakeSps(0, 8192, 4320))).problem);
  for (int i = 0; i < 5; ++i) EXPECT_NE(Give(Kind::kFrame, p_).picture, nullptr);
  EXPECT_EQ(source_.format()->width, 1280);
  EXPECT_NE(Give(Kind::kFrame, idr_, true).picture, nullptr) << "it was a mistake";
}

TEST_F(VideoSourceTest, LeavesOutALargeStretchInTheMiddleOfAStream) {
  Give(Kind::kFormat, AvcRecord(codec::MakeSps(0, 1280, 720)));
  EXPECT_NE(Give(Kind::kFrame, idr_, true).picture, nullptr);
  const auto with_sets = [&](const Bytes& sps) {
    return Prefixed({sps, codec::MakePps(0, 0), FromHex("658884000a")});
  };
  const auto large = Give(Kind::kFrame, with_sets(codec::MakeSps(0, 8192, 4320)), true);
  EXPECT_TRUE(large.problem && large.broken && !large.format_changed);
  EXPECT_EQ(large.picture, nullptr);
  EXPECT_EQ(Give(Kind::kFrame, p_).picture, nullptr);
  EXPECT_EQ(Give(Kind::kFrame, idr_, true).picture, nullptr) << "still coded by it";
  EXPECT_TRUE(source_.too_large());
  EXPECT_EQ(source_.format()->width, 1280);
  const auto back = Give(Kind::kFrame, with_sets(codec::MakeSps(0, 1280, 720)), true);
  EXPECT_FALSE(back.problem);
  EXPECT_NE(back.picture, nullptr);
  EXPECT_NE(Give(Kind::kFrame, p_).picture, nullptr);
  EXPECT_FALSE(source_.too_large());
}

TEST_F(VideoSourceTest, RefusesLargePicturesOfOtherCodecs) {
  // RFC 6386 §9.1: frame tag of a key frame, start code, size.
  const auto vp8 = [](int width, int height) {
    Bytes key = FromHex("1000009d012a");
    for (const int side : {width, height}) {
      key.push_back(static_cast<std::uint8_t>(side & 0xff));
      key.push_back(static_cast<std::uint8_t>(side >> 8));
    }
    key.resize(16);
    return key;
  };
  const auto give = [&](const Bytes& picture, bool key) {
    return Give(Kind::kFrame, picture, key, VideoCodec::kVp8);
  };
  EXPECT_NE(give(vp8(640, 360), true).picture, nullptr);
  const auto large = give(vp8(8192, 4320), true);
  EXPECT_EQ(large.picture, nullptr);
  EXPECT_EQ(large.problem->code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(large.broken);
  const Bytes inter = FromHex("11000000");
  EXPECT_EQ(give(inter, false).picture, nullptr) << "it refers to the large one";
  EXPECT_NE(give(vp8(640, 360), true).picture, nullptr);
  EXPECT_NE(give(inter, false).picture, nullptr);
}

TEST(VideoSourceLimitTest, FollowsTheOperatorsLimit) {
  VideoSource source(std::int64_t{640} * 360);
  const Bytes record = AvcRecord(codec::MakeSps(0, 1280, 720));
  VideoMessageReader reader;
  VideoMessage message = reader.Read(
      {.kind = Kind::kFormat, .codec = VideoCodec::kH264, .payload = stream::Payload(record)});
  const auto output = source.OnUnit({.message = std::move(message), .placed = {}});
  ASSERT_TRUE(output.problem);
  EXPECT_EQ(output.problem->code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::pipeline
