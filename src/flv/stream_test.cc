#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "flv/stream_reader.h"
#include "flv/stream_writer.h"

namespace ingress::flv {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kStream =
    "464C56 01 05 00000009 00000000"
    "08 000002 000102 00 000000 AF01 0000000D"
    "12 000003 FFFFFF 7F 000000 020000 0000000E"
    "09 000000 000000 80 000000 0000000B";

void ExpectStreamTags(const std::vector<Tag>& tags) {
  ASSERT_THAT(tags, SizeIs(3));
  EXPECT_EQ(tags[0].type, TagType::kAudio);
  EXPECT_EQ(tags[0].timestamp, 0x102u);
  EXPECT_EQ(tags[0].payload, FromHex("AF01"));
  EXPECT_EQ(tags[1].type, TagType::kScript);
  EXPECT_EQ(tags[1].timestamp, 0x7FFFFFFFu);
  EXPECT_EQ(tags[2].type, TagType::kVideo);
  EXPECT_EQ(tags[2].timestamp, 0x80000000u);
  EXPECT_THAT(tags[2].payload, IsEmpty());
}

TEST(StreamReaderTest, ReadsTagsInOrder) {
  StreamReader reader;
  ASSERT_TRUE(reader.Receive(FromHex(kStream)));
  ExpectStreamTags(reader.TakeTags());
  EXPECT_THAT(reader.TakeTags(), IsEmpty());
}

TEST(StreamReaderTest, ReadsOneByteAtATime) {
  StreamReader reader;
  for (const std::uint8_t byte : FromHex(kStream)) ASSERT_TRUE(reader.Receive({&byte, 1}));
  ExpectStreamTags(reader.TakeTags());
}

TEST(StreamReaderTest, HoldsBackATagThatIsNotComplete) {
  const Bytes stream = FromHex(kStream);
  StreamReader reader;
  ASSERT_TRUE(reader.Receive(ByteView(stream).first(13 + 11 + 1)));
  EXPECT_THAT(reader.TakeTags(), IsEmpty());
  ASSERT_TRUE(reader.Receive(ByteView(stream).subspan(13 + 11 + 1, 1)));
  EXPECT_THAT(reader.TakeTags(), SizeIs(1));
}

TEST(StreamReaderTest, PassesOverALongerFileHeaderAndWrongBackPointers) {
  StreamReader reader;
  ASSERT_TRUE(
      reader.Receive(FromHex("464C56 01 00 0000000B EEEE DEADBEEF"
                             "09 000001 000005 00 000000 17 12345678")));
  EXPECT_THAT(reader.TakeTags(), ElementsAre(Field(&Tag::timestamp, 5u)));
}

TEST(StreamReaderTest, SkipsTagsOfUnknownType) {
  StreamReader reader;
  ASSERT_TRUE(
      reader.Receive(FromHex("464C56 01 05 00000009 00000000"
                             "0F FFFFFF 000000 00 000000")));
  ASSERT_TRUE(reader.Receive(Bytes(0xFFFFFF + 4)));
  ASSERT_TRUE(reader.Receive(FromHex("08 000001 000007 00 000000 AF 0000000C")));
  EXPECT_THAT(reader.TakeTags(), ElementsAre(Field(&Tag::timestamp, 7u)));
}

TEST(StreamReaderTest, RejectsWhatIsNotFlv) {
  const auto received =
      StreamReader().Receive(FromHex("000001BA 44000401"
                                     "00"));
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kMalformed);
}

TEST(StreamReaderTest, RejectsALyingFileHeaderSize) {
  EXPECT_FALSE(StreamReader().Receive(FromHex("464C56 01 05 00000008")));
  EXPECT_FALSE(StreamReader().Receive(FromHex("464C56 01 05 FFFFFFFF")));
}

TEST(StreamReaderTest, LimitsTagsByType) {
  const std::string header = "464C56 01 05 00000009 00000000";
  EXPECT_TRUE(StreamReader().Receive(FromHex(header + "09 800000 000000 00 000000")));
  for (const std::string_view tag : {"09 800001", "08 100001", "12 040001"}) {
    const auto received =
        StreamReader().Receive(FromHex(header + std::string(tag) + "000000 00 000000"));
    ASSERT_FALSE(received) << tag;
    EXPECT_EQ(received.error().code, ErrorCode::kLimitExceeded);
  }
}

TEST(StreamWriterTest, WritesTheBytesOfTheSpecification) {
  Bytes out(kFileHeader.begin(), kFileHeader.end());
  AppendTag(TagType::kAudio, 0x102, FromHex("AF01"), out);
  AppendTag({.type = TagType::kScript, .timestamp = 0x7FFFFFFF, .payload = FromHex("020000")}, out);
  AppendTag(TagType::kVideo, 0x80000000, {}, out);
  EXPECT_EQ(out, FromHex(kStream));
}

TEST(StreamWriterTest, FramesATagWithoutItsBody) {
  const TagFraming framing = MakeTagFraming(TagType::kVideo, 0x01020304, 0x123456);
  EXPECT_EQ(Bytes(framing.header.begin(), framing.header.end()),
            FromHex("09 123456 020304 01 000000"));
  EXPECT_EQ(Bytes(framing.trailer.begin(), framing.trailer.end()), FromHex("00123461"));
}

}  // namespace
}  // namespace ingress::flv
