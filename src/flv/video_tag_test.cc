#include "flv/video_tag.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing/hex.h"

namespace ingress::flv {
namespace {

using Kind = VideoTag::Kind;

/// A parsed tag together with the bytes its `data` points into.
struct Parsed {
  explicit Parsed(std::string_view hex) : body(FromHex(hex)), tag(ParseVideoTag(body)) {}
  const VideoTag* operator->() const { return &tag.value(); }
  Bytes Data() const { return {tag->data.begin(), tag->data.end()}; }

  Bytes body;
  Result<VideoTag> tag;
};

TEST(ParseVideoTagTest, ReadsAvcSequenceHeader) {
  const Parsed tag("17 00 000000 0164001F");
  EXPECT_EQ(tag->kind, Kind::kSequenceHeader);
  EXPECT_EQ(tag->codec, VideoCodec::kH264);
  EXPECT_EQ(tag->codec_id, 7);
  EXPECT_FALSE(tag->key_frame);
  EXPECT_EQ(tag.Data(), FromHex("0164001F"));
}

TEST(ParseVideoTagTest, ReadsAvcFrames) {
  const Parsed key("17 01 000028 0000000165");
  EXPECT_EQ(key->kind, Kind::kCodedFrame);
  EXPECT_TRUE(key->key_frame);
  EXPECT_EQ(key->composition_time_ms, 40);
  EXPECT_EQ(key.Data(), FromHex("0000000165"));
  const Parsed disposable("37 01 FFFFD8 00");
  EXPECT_FALSE(disposable->key_frame);
  EXPECT_TRUE(disposable->disposable);
  EXPECT_EQ(disposable->composition_time_ms, -40);
}

TEST(ParseVideoTagTest, ReadsAvcEndOfSequence) {
  EXPECT_EQ(Parsed("17 02 000000")->kind, Kind::kEndOfSequence);
}

TEST(ParseVideoTagTest, IgnoresUnknownAvcPacketTypes) {
  EXPECT_EQ(Parsed("17 09 000000")->kind, Kind::kIgnored);
}

TEST(ParseVideoTagTest, ReadsCommandFrames) {
  EXPECT_EQ(Parsed("57 00")->kind, Kind::kCommand);
  EXPECT_EQ(Parsed("D1 00")->kind, Kind::kCommand);
}

TEST(ParseVideoTagTest, ReadsUnofficialHevc) {
  const Parsed tag("1C 00 000000 01");
  EXPECT_EQ(tag->codec, VideoCodec::kHevc);
  EXPECT_EQ(tag->kind, Kind::kSequenceHeader);
}

TEST(ParseVideoTagTest, PassesOldCodecsThroughWithoutAName) {
  const Parsed tag("22 AABB");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_FALSE(tag->codec.has_value());
  EXPECT_EQ(tag->codec_id, 2);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

TEST(ParseVideoTagTest, RejectsTruncatedLegacyHeaders) {
  for (const std::string_view hex : {"", "17", "17 01", "17 01 0000"}) {
    const Parsed parsed(hex);
    ASSERT_FALSE(parsed.tag) << hex;
    EXPECT_EQ(parsed.tag.error().code, ErrorCode::kMalformed);
  }
}

TEST(ParseVideoTagTest, ReadsEnhancedSequenceStart) {
  const Parsed tag("90 68766331 0101");
  EXPECT_EQ(tag->kind, Kind::kSequenceHeader);
  EXPECT_EQ(tag->codec, VideoCodec::kHevc);
  EXPECT_EQ(tag->fourcc, kHvc1);
  EXPECT_EQ(tag.Data(), FromHex("0101"));
}

TEST(ParseVideoTagTest, ReadsCompositionTimeOnlyForNalCodecs) {
  const Parsed hevc("91 68766331 000028 AA");
  EXPECT_EQ(hevc->composition_time_ms, 40);
  EXPECT_EQ(hevc.Data(), FromHex("AA"));
  const Parsed avc("A1 61766331 FFFFFF AA");
  EXPECT_EQ(avc->composition_time_ms, -1);
  EXPECT_FALSE(avc->key_frame);
  const Parsed av1("91 61763031 000028 AA");
  EXPECT_EQ(av1->composition_time_ms, 0);
  EXPECT_EQ(av1.Data(), FromHex("000028 AA"));
  EXPECT_EQ(Parsed("91 76703039 AA")->codec, VideoCodec::kVp9);
  EXPECT_EQ(Parsed("91 76703038 AA")->codec, VideoCodec::kVp8);
}

TEST(ParseVideoTagTest, ReadsCodedFramesXWithoutCompositionTime) {
  const Parsed tag("93 68766331 AABB");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_TRUE(tag->key_frame);
  EXPECT_EQ(tag->composition_time_ms, 0);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

TEST(ParseVideoTagTest, ReadsEnhancedSequenceEnd) {
  EXPECT_EQ(Parsed("A2 68766331")->kind, Kind::kEndOfSequence);
}

TEST(ParseVideoTagTest, ReadsMetadataWhateverItsFrameType) {
  for (const std::string_view hex : {"D4 68766331 02", "84 68766331 02"}) {
    const Parsed tag(hex);
    EXPECT_EQ(tag->kind, Kind::kMetadata);
    EXPECT_EQ(tag->codec, VideoCodec::kHevc);
    EXPECT_EQ(tag.Data(), FromHex("02"));
  }
}

TEST(ParseVideoTagTest, NamesUnknownFourCc) {
  const Parsed tag("90 76766331 01");
  EXPECT_FALSE(tag->codec.has_value());
  EXPECT_EQ(tag->fourcc, kVvc1);
}

TEST(ParseVideoTagTest, IgnoresReservedPacketTypes) {
  EXPECT_EQ(Parsed("9F 68766331 01")->kind, Kind::kIgnored);
  EXPECT_EQ(Parsed("95 61763031 01")->kind, Kind::kIgnored);
}

TEST(ParseVideoTagTest, AppliesTimestampOffsetNano) {
  const Parsed tag("97 02 0F423F 01 68766331 000000 AA");
  EXPECT_EQ(tag->presentation_offset_ns, 999'999u);
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_TRUE(tag->key_frame);
  EXPECT_EQ(tag.Data(), FromHex("AA"));
}

TEST(ParseVideoTagTest, PassesOverUnknownAndLongModEx) {
  const Parsed tag("97 00 EE F7 FF 0100" + std::string(2 * 257, 'B') + "53 68766331 AA");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_EQ(tag.Data(), FromHex("AA"));
}

TEST(ParseVideoTagTest, LimitsTheModExChain) {
  std::string chain = "97";
  for (int i = 0; i < 9; ++i) chain += "00 00 07";
  const Parsed parsed(chain + "00 00 01 68766331 000000");
  ASSERT_FALSE(parsed.tag);
  EXPECT_EQ(parsed.tag.error().code, ErrorCode::kLimitExceeded);
}

TEST(ParseVideoTagTest, LeavesOtherTracksOut) {
  const Parsed tag("96 00 61766331 01 AABB");
  EXPECT_EQ(tag->kind, Kind::kIgnored);
  EXPECT_EQ(tag->other_tracks, 1);
  EXPECT_TRUE(tag->data.empty());
}

TEST(ParseVideoTagTest, TakesTrackZeroOutOfOneTrack) {
  const Parsed tag("96 01 61766331 00 000028 AABB");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_EQ(tag->codec, VideoCodec::kH264);
  EXPECT_EQ(tag->composition_time_ms, 40);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

TEST(ParseVideoTagTest, TakesTrackZeroOutOfManyTracks) {
  const Parsed tag("96 13 68766331 01 000001 11 00 000002 AABB 02 000000");
  EXPECT_EQ(tag->codec, VideoCodec::kHevc);
  EXPECT_EQ(tag->other_tracks, 2);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

TEST(ParseVideoTagTest, TakesTrackZeroOutOfManyTracksManyCodecs) {
  const Parsed tag("96 20 61766331 01 000001 11 61763031 00 000002 AABB");
  EXPECT_EQ(tag->kind, Kind::kSequenceHeader);
  EXPECT_EQ(tag->codec, VideoCodec::kAv1);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

TEST(ParseVideoTagTest, RejectsMultitrackSizesPastTheEnd) {
  const Parsed parsed("96 13 68766331 00 FFFFFF AA");
  ASSERT_FALSE(parsed.tag);
  EXPECT_EQ(parsed.tag.error().code, ErrorCode::kMalformed);
}

TEST(ParseVideoTagTest, RejectsNestedAndUnknownMultitrack) {
  EXPECT_FALSE(Parsed("96 06 68766331 00").tag);
  EXPECT_FALSE(Parsed("96 31 68766331 00").tag);
}

TEST(ParseVideoTagTest, LimitsTracks) {
  std::string tracks = "96 13 68766331";
  for (int i = 0; i < 17; ++i) tracks += "01 000000";
  const Parsed parsed(tracks);
  ASSERT_FALSE(parsed.tag);
  EXPECT_EQ(parsed.tag.error().code, ErrorCode::kLimitExceeded);
}

TEST(ParseVideoTagTest, RejectsTruncatedEnhancedHeaders) {
  const Bytes whole = FromHex("97 02 0F423F 06 01 61766331 00 000028");
  ASSERT_TRUE(ParseVideoTag(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseVideoTag(ByteView(whole).first(size))) << size;
  }
}

}  // namespace
}  // namespace ingress::flv
