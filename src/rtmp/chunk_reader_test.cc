#include "rtmp/chunk_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/testing/hex.h"
#include "rtmp/chunk_writer.h"

namespace ingress::rtmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Message> ReadAll(ChunkReader& reader, ByteView input) {
  std::vector<Message> messages;
  while (true) {
    auto message = reader.Read(input);
    EXPECT_TRUE(message.has_value()) << message.error().context;
    if (!message || !*message) return messages;
    messages.push_back(std::move(**message));
  }
}

std::vector<Message> ReadHex(ChunkReader& reader, std::string_view hex) {
  const Bytes bytes = FromHex(hex);
  return ReadAll(reader, bytes);
}

/// The error of the first Read() that has one.
Error ErrorOf(ChunkReader& reader, const Bytes& bytes) {
  ByteView input = bytes;
  while (true) {
    auto message = reader.Read(input);
    if (!message) return message.error();
    if (!*message) return {};
  }
}

std::vector<std::uint32_t> Times(const std::vector<Message>& messages) {
  std::vector<std::uint32_t> times;
  for (const Message& message : messages) times.push_back(message.timestamp);
  return times;
}

TEST(ChunkReaderTest, ReadsAFullHeader) {
  ChunkReader reader;
  const auto messages = ReadHex(reader,
                                "04"        // fmt 0, chunk stream 4
                                "000102"    // timestamp
                                "000003"    // length
                                "09"        // video
                                "01000000"  // message stream 1, little-endian
                                "AABBCC");
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].type, MessageType::kVideo);
  EXPECT_EQ(messages[0].timestamp, 0x102u);
  EXPECT_EQ(messages[0].message_stream_id, 1u);
  EXPECT_EQ(messages[0].chunk_stream_id, 4u);
  EXPECT_EQ(messages[0].payload, FromHex("AABBCC"));
}

// Adobe RTMP 1.0 §5.3.2.1: audio messages of 32 bytes, 20 ms apart.
TEST(ChunkReaderTest, ReadsTheSpecificationsFirstExample) {
  const std::string body(64, 'A');
  ChunkReader reader;
  const auto messages =
      ReadHex(reader, "03 0003E8 000020 08 39300000" + body + "83 000014" /* fmt 2 */ + body +
                          "C3" + body + "C3" + body);
  EXPECT_THAT(Times(messages), ElementsAre(1000, 1020, 1040, 1060));
  EXPECT_EQ(messages[3].message_stream_id, 12345u);
}

// Adobe RTMP 1.0 §5.3.2.2: one video message of 307 bytes in three chunks.
TEST(ChunkReaderTest, ReadsTheSpecificationsSecondExample) {
  ChunkReader reader;
  const auto messages =
      ReadHex(reader, "04 0003E8 000133 09 3A300000" + std::string(256, '1') + "C4" +
                          std::string(256, '2') + "C4" + std::string(102, '3'));
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0].payload, SizeIs(307));
  EXPECT_EQ(messages[0].payload[128], 0x22);
  EXPECT_EQ(messages[0].payload[306], 0x33);
}

TEST(ChunkReaderTest, InheritsWhatShortHeadersLeaveOut) {
  ChunkReader reader;
  const auto messages = ReadHex(reader,
                                "04 000064 000001 08 07000000 AA"
                                "44 00000A 000002 09 BBBB"  // fmt 1: length and type change
                                "84 000005 CCCC");          // fmt 2
  EXPECT_THAT(Times(messages), ElementsAre(100, 110, 115));
  EXPECT_EQ(messages[1].message_stream_id, 7u);
  EXPECT_EQ(messages[2].type, MessageType::kVideo);
  EXPECT_EQ(messages[2].payload, FromHex("CCCC"));
}

TEST(ChunkReaderTest, ReadsChunkStreamIdsInAllForms) {
  ChunkReader reader;
  const std::string rest = "000000 000001 08 00000000 AA";
  const auto messages =
      ReadHex(reader, "3F" + rest +            // 63
                          "00 00" + rest +     // 64
                          "00 FF" + rest +     // 319
                          "01 00 01" + rest +  // 320
                          "01 FF FF" + rest +  // 65599
                          "01 05 00" + rest +  // 69 in the long form
                          "80 05 000001 BB");  // and the same one in the short form
  ASSERT_THAT(messages, SizeIs(7));
  std::vector<std::uint32_t> ids;
  for (const Message& message : messages) ids.push_back(message.chunk_stream_id);
  EXPECT_THAT(ids, ElementsAre(63, 64, 319, 320, 65599, 69, 69));
  EXPECT_EQ(messages[6].timestamp, 1u);
}

TEST(ChunkReaderTest, KeepsInterleavedChunkStreamsApart) {
  ChunkReader reader;
  reader.SetChunkSize(2);
  const auto messages = ReadHex(reader,
                                "04 000000 000004 08 01000000 A1A2"
                                "06 000000 000005 09 01000000 B1B2"
                                "C6 B3B4"
                                "C4 A3A4"
                                "C6 B5");
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].payload, FromHex("A1A2A3A4"));
  EXPECT_EQ(messages[1].payload, FromHex("B1B2B3B4B5"));
}

TEST(ChunkReaderTest, AppliesANewChunkSizeToUnfinishedMessages) {
  ChunkReader reader;
  reader.SetChunkSize(1);
  EXPECT_THAT(ReadHex(reader, "04 000000 000004 08 01000000 A1"), IsEmpty());
  reader.SetChunkSize(kMaxChunkSize);
  const auto messages = ReadHex(reader, "C4 A2A3A4");
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].payload, FromHex("A1A2A3A4"));
}

TEST(ChunkReaderTest, DeliversEmptyMessages) {
  ChunkReader reader;
  const auto messages = ReadHex(reader, "04 000000 000000 08 01000000 84 000005 C4");
  EXPECT_THAT(Times(messages), ElementsAre(0, 5, 10));
  EXPECT_THAT(messages[0].payload, IsEmpty());
}

TEST(ChunkReaderTest, GivesTheSameMessagesOneByteAtATime) {
  Bytes stream;
  ChunkWriter writer;
  for (const std::uint32_t time : {0u, 0xFFFFFEu, 0xFFFFFFu, 0xFFFFFFFFu}) {
    for (const std::size_t size : {0u, 1u, 127u, 128u, 129u, 1000u}) {
      writer.Write({.timestamp = time,
                    .message_stream_id = 1,
                    .chunk_stream_id = 70,
                    .payload = Bytes(size, 0x5A)},
                   stream);
    }
  }
  ChunkReader whole;
  const auto expected = ReadAll(whole, stream);
  ASSERT_THAT(expected, SizeIs(24));
  ChunkReader bytewise;
  std::vector<Message> got;
  for (const std::uint8_t& byte : stream) {
    for (Message& message : ReadAll(bytewise, {&byte, 1})) got.push_back(std::move(message));
  }
  ASSERT_THAT(got, SizeIs(expected.size()));
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].timestamp, expected[i].timestamp);
    EXPECT_EQ(got[i].payload, expected[i].payload);
  }
}

TEST(ChunkReaderTest, RepeatsTheAbsoluteTimeWhenFmt3FollowsFmt0) {
  ChunkReader reader;
  EXPECT_THAT(Times(ReadHex(reader, "04 000064 000001 08 01000000 AA C4 AA C4 AA")),
              ElementsAre(100, 200, 300));
}

TEST(ChunkReaderTest, KeepsTheTimeAtFmt3ForOldLibrtmp) {
  ChunkReader reader;
  reader.SetFmt3MeansSameTimestamp(true);
  EXPECT_THAT(Times(ReadHex(reader, "04 000064 000001 08 01000000 AA C4 AA 84 000014 AA C4 AA")),
              ElementsAre(100, 100, 120, 120));
}

TEST(ChunkReaderTest, GoesBackwardsWithAWrappedDelta) {
  ChunkReader reader;
  EXPECT_THAT(Times(ReadHex(reader,
                            "04 0003E8 000001 08 01000000 AA"
                            "84 FFFFFF FFFFFFEC AA")),  // -20 as librtmp writes it
              ElementsAre(1000, 980));
}

// A message of three chunks at 16 777 216 ms whose continuations start with `repeat`.
std::vector<Message> ReadExtended(std::string_view repeat) {
  ChunkReader reader;
  reader.SetChunkSize(4);
  return ReadHex(reader, "04 FFFFFF 00000A 09 01000000 01000000 A1A2A3A4 C4" + std::string(repeat) +
                             "B1B2B3B4 C4" + std::string(repeat) + "C1C2");
}

TEST(ChunkReaderTest, AcceptsExtendedTimestampsRepeatedOrNot) {
  for (const std::string_view repeat : {"01000000", ""}) {
    const auto messages = ReadExtended(repeat);
    ASSERT_THAT(messages, SizeIs(1)) << repeat;
    EXPECT_EQ(messages[0].timestamp, 0x01000000u);
    EXPECT_EQ(messages[0].payload, FromHex("A1A2A3A4B1B2B3B4C1C2"));
  }
}

TEST(ChunkReaderTest, AcceptsARepeatWithoutTheTopBitAndOneOfTheAbsoluteTime) {
  ChunkReader reader;
  reader.SetChunkSize(1);
  const auto first = ReadHex(reader, "04 FFFFFF 000002 09 01000000 F0000001 A1 C4 70000001 A2");
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].payload, FromHex("A1A2"));
  // A delta of 0x01000000 makes 0xF1000001; the sender repeats that.
  const auto second = ReadHex(reader, "84 FFFFFF 01000000 B1 C4 F1000001 B2");
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].timestamp, 0xF1000001u);
  EXPECT_EQ(second[0].payload, FromHex("B1B2"));
}

TEST(ChunkReaderTest, TakesPeekedBytesThatDifferAsPayloadAndChunks) {
  ChunkReader reader;
  reader.SetChunkSize(1);
  // No repeat, one payload byte a chunk: three bytes of the peek are the payload 01, a header C4
  // and another payload byte, which look like the start of 01C40000 at first.
  const auto messages = ReadHex(reader,
                                "04 FFFFFF 000004 09 01000000 01C40000 A1 C4 01 C4 02 C4 03"
                                "05 000000 000001 08 01000000 DD");
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].payload, FromHex("A1010203"));
  EXPECT_EQ(messages[1].payload, FromHex("DD"));
}

TEST(ChunkReaderTest, DoesNotWaitForBytesBehindTheMessageToTellPayload) {
  ChunkReader reader;
  reader.SetChunkSize(1);
  const auto messages = ReadHex(reader, "04 FFFFFF 000002 09 01000000 01000000 A1 C4 A2");
  EXPECT_THAT(messages, SizeIs(1));
}

TEST(ChunkReaderTest, ReadsTheNewDeltaOfAnExtendedFmt3Start) {
  ChunkReader reader;
  EXPECT_THAT(Times(ReadHex(reader,
                            "04 FFFFFF 000001 08 01000000 01000000 AA"
                            "C4 00000005 AA")),
              ElementsAre(0x01000000u, 0x01000005u));
}

TEST(ChunkReaderTest, PeeksAtAnExtendedFmt3StartOfOldLibrtmp) {
  for (const std::string_view repeat : {"01000000", ""}) {
    ChunkReader reader;
    reader.SetFmt3MeansSameTimestamp(true);
    EXPECT_THAT(Times(ReadHex(reader, "04 FFFFFF 000001 08 01000000 01000000 AA C4" +
                                          std::string(repeat) + "BB")),
                ElementsAre(0x01000000u, 0x01000000u));
  }
}

TEST(ChunkReaderTest, AcceptsAFullHeaderInsideAMessageThatSaysTheSame) {
  ChunkReader reader;
  reader.SetChunkSize(2);
  const auto messages = ReadHex(reader,
                                "04 000001 000006 09 01000000 A1A2"
                                "04 000001 000006 09 01000000 A3A4"
                                "84 000000 A5A6");
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].payload, FromHex("A1A2A3A4A5A6"));
  EXPECT_EQ(messages[0].timestamp, 1u);
}

TEST(ChunkReaderTest, RejectsANewMessageInsideAnother) {
  for (const std::string_view header : {"04 000001 000003 09 01000000", "44 000001 000006 08"}) {
    ChunkReader reader;
    reader.SetChunkSize(2);
    const Error error = ErrorOf(
        reader, FromHex("04 000001 000006 09 01000000 A1A2" + std::string(header) + "FFFF"));
    EXPECT_EQ(error.code, ErrorCode::kMalformed);
    EXPECT_THAT(error.context, HasSubstr("inside one of type 9"));
  }
}

TEST(ChunkReaderTest, AcceptsFmt1OnANewChunkStreamButNotFmt2Or3) {
  ChunkReader reader;
  const auto messages = ReadHex(reader, "42 000005 000001 04 AA");
  EXPECT_THAT(Times(messages), ElementsAre(5));
  EXPECT_EQ(messages[0].message_stream_id, 0u);
  EXPECT_EQ(ErrorOf(reader, FromHex("85 000000")).code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOf(reader, FromHex("C7 00")).code, ErrorCode::kMalformed);
}

TEST(ChunkReaderTest, DropsAnAbortedMessage) {
  ChunkReader reader;
  reader.SetChunkSize(2);
  EXPECT_THAT(ReadHex(reader, "04 000000 000004 08 01000000 A1A2"), IsEmpty());
  reader.Abort(4);
  reader.Abort(99);
  const auto messages = ReadHex(reader, "04 000007 000001 08 01000000 BB");
  EXPECT_THAT(Times(messages), ElementsAre(7));
  EXPECT_EQ(messages[0].payload, FromHex("BB"));
}

TEST(ChunkReaderTest, LimitsTheLengthOfCommands) {
  for (const std::string_view header : {"04 000000 040001 14", "04 000000 040001 11"}) {
    ChunkReader reader;
    EXPECT_EQ(ErrorOf(reader, FromHex(std::string(header) + "00000000")).code,
              ErrorCode::kLimitExceeded);
  }
  ChunkReader reader;
  EXPECT_THAT(ReadHex(reader, "04 000000 040000 14 00000000"), IsEmpty());
}

TEST(ChunkReaderTest, LeavesOutBodiesAboveTheirLimitAndGoesOn) {
  struct Case {
    std::uint8_t type;
    std::uint32_t limit;
  };
  for (const Case& of : {Case{9, 0x800000}, Case{8, 0x100000}, Case{18, 0x040000},
                         Case{10, 0x040000}, Case{22, 0x800000}}) {
    ChunkReader reader;
    reader.SetChunkSize(kMaxChunkSize);
    ChunkWriter writer;
    writer.SetChunkSize(kMaxChunkSize);
    Bytes stream;
    for (const std::uint32_t size : {of.limit, of.limit + 1, 1u}) {
      writer.Write({.type = static_cast<MessageType>(of.type),
                    .chunk_stream_id = 4,
                    .payload = Bytes(size, 7)},
                   stream);
    }
    const auto messages = ReadAll(reader, stream);
    ASSERT_THAT(messages, SizeIs(3));
    EXPECT_THAT(messages[0].payload, SizeIs(of.limit));
    EXPECT_EQ(messages[0].left_out, 0u);
    EXPECT_THAT(messages[1].payload, IsEmpty());
    EXPECT_EQ(messages[1].left_out, of.limit + 1);
    EXPECT_EQ(messages[2].payload, Bytes{7});
  }
}

TEST(ChunkReaderTest, DropsAnAbortedBodyThatIsLeftOut) {
  ChunkReader reader;
  Bytes stream = FromHex("04 000000 FFFFFF 0A 01000000");
  stream.resize(stream.size() + kDefaultChunkSize);
  EXPECT_THAT(ReadAll(reader, stream), IsEmpty());
  reader.Abort(4);
  EXPECT_EQ(ReadHex(reader, "04 000007 000001 08 01000000 BB").at(0).payload, FromHex("BB"));
}

TEST(ChunkReaderTest, ForgetsChunkStreamsThatAreNoLongerUsed) {
  ChunkReader reader;
  EXPECT_THAT(ReadHex(reader, "04 000000 000002 09 01000000 A1A2"), SizeIs(1));
  ChunkWriter writer;
  for (std::uint32_t id = 1000; id < 1000 + 10 * kMaxChunkStreams; ++id) {
    Bytes stream;
    writer.Write({.chunk_stream_id = id, .payload = {1}}, stream);
    stream.push_back(0xC4);  // one more message on 4, which inherits everything
    stream.insert(stream.end(), {0xB1, 0xB2});
    EXPECT_THAT(ReadAll(reader, stream), SizeIs(2));
  }
}

TEST(ChunkReaderTest, LimitsTheNumberOfUnfinishedMessages) {
  ChunkReader reader;
  Bytes stream;
  for (std::uint8_t id = 0; id < kMaxChunkStreams; ++id) {
    const Bytes begun = FromHex("000000 0000FF 09 01000000");
    stream.insert(stream.end(), {0x00, id});
    stream.insert(stream.end(), begun.begin(), begun.end());
    stream.resize(stream.size() + kDefaultChunkSize);
  }
  EXPECT_THAT(ReadAll(reader, stream), IsEmpty());
  EXPECT_EQ(ErrorOf(reader, FromHex("03 000000 000001 09 00000000 AA")).code,
            ErrorCode::kLimitExceeded);
}

TEST(ChunkReaderTest, LimitsUnfinishedDataOverAllChunkStreams) {
  constexpr std::uint32_t kChunk = 1024 * 1024;
  ChunkReader reader;
  reader.SetChunkSize(kChunk);
  const auto send_seven_of_eight_chunks = [](std::uint8_t id) {
    Bytes bytes = {id};
    const Bytes fields = FromHex("000000 800000 09 00000000");
    bytes.insert(bytes.end(), fields.begin(), fields.end());
    for (int chunk = 0; chunk < 7; ++chunk) {
      if (chunk > 0) bytes.push_back(static_cast<std::uint8_t>(0xC0 | id));
      bytes.resize(bytes.size() + kChunk);
    }
    return bytes;
  };
  EXPECT_THAT(ReadAll(reader, send_seven_of_eight_chunks(4)), IsEmpty());
  EXPECT_THAT(ReadAll(reader, send_seven_of_eight_chunks(5)), IsEmpty());
  EXPECT_EQ(ErrorOf(reader, send_seven_of_eight_chunks(6)).code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rtmp
