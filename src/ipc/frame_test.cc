#include "ipc/frame.h"

#include <gtest/gtest.h>

#include <random>

#include "ingress_ipc.pb.h"

namespace ingress::ipc {
namespace {

ToHandler StopMessage(std::string reason) {
  ToHandler message;
  message.mutable_stop()->set_reason(std::move(reason));
  return message;
}

const Bytes kStopFrame = {
    0,    0, 0,   6,    // length of the message
    0,    0, 0,   0,    // and of the attachment
    0x12, 4,            // field 2 (stop), 4 bytes
    0x0a, 2, 'u', 'p',  // field 1 (reason)
};

TEST(SerializeFrameTest, PutsTheLengthInFront) {
  EXPECT_EQ(SerializeFrame(StopMessage("up")).value(), kStopFrame);
}

TEST(SerializeFrameTest, RefusesAMessageAboveTheLimit) {
  const auto frame = SerializeFrame(StopMessage(std::string(kMaxFrameSize, 'x')));
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, ErrorCode::kLimitExceeded);
}

TEST(FrameReaderTest, ReadsFramesOneByteAtATime) {
  FrameReader reader;
  int frames = 0;
  for (int round = 0; round < 3; ++round) {
    for (const std::uint8_t byte : kStopFrame) {
      reader.Receive({&byte, 1});
      const auto frame = reader.Next();
      ASSERT_TRUE(frame);
      if (!*frame) continue;
      ++frames;
      EXPECT_EQ((*frame)->message, Bytes(kStopFrame.begin() + kFrameHeaderSize, kStopFrame.end()));
    }
  }
  EXPECT_EQ(frames, 3);
  EXPECT_FALSE(reader.mid_frame());
}

TEST(FrameReaderTest, ReadsSeveralFramesOfOneRead) {
  FrameReader reader;
  Bytes stream = kStopFrame;
  stream.insert(stream.end(), {0, 0, 0, 0, 0, 0, 0, 0});  // an empty message is a frame, too
  stream.insert(stream.end(), kStopFrame.begin(), kStopFrame.end() - 1);
  reader.Receive(stream);
  EXPECT_EQ(reader.Next().value()->message.size(), 6U);
  EXPECT_EQ(reader.Next().value()->message.size(), 0U);
  EXPECT_FALSE(reader.Next().value());
  EXPECT_TRUE(reader.mid_frame());
  reader.Receive({&kStopFrame.back(), 1});
  EXPECT_EQ(reader.Next().value()->message.size(), 6U);
}

TEST(FrameReaderTest, KeepsTheAttachmentApart) {
  const Bytes media = {9, 8, 7};
  Bytes stream = SerializeFrame(StopMessage("up"), media.size()).value();
  stream.insert(stream.end(), media.begin(), media.end());
  stream.insert(stream.end(), kStopFrame.begin(), kStopFrame.end());
  FrameReader reader;
  for (const std::uint8_t byte : stream) reader.Receive({&byte, 1});
  const auto first = reader.Next().value();
  EXPECT_EQ(first->message.size(), 6U);
  EXPECT_EQ(first->attachment, media);
  EXPECT_TRUE(reader.Next().value()->attachment.empty());
}

TEST(FrameReaderTest, TellsFramesThatComeWithADescriptor) {
  Bytes stream = SerializeFrame(StopMessage("up"), 1, true).value();
  stream.push_back(7);
  stream.insert(stream.end(), kStopFrame.begin(), kStopFrame.end());
  FrameReader reader;
  reader.Receive(stream);
  const auto first = reader.Next().value();
  EXPECT_TRUE(first->with_descriptor);
  EXPECT_EQ(first->attachment, Bytes{7});
  EXPECT_FALSE(reader.Next().value()->with_descriptor);
}

TEST(FrameReaderTest, RefusesALyingLengthBeforeTheBytesCome) {
  const Bytes headers[] = {{0x00, 0x80, 0x00, 0x01, 0, 0, 0, 0},  // 8 MiB + 1
                           {0, 0, 0, 0, 0x00, 0x80, 0x00, 0x01}};
  for (const Bytes& header : headers) {
    FrameReader reader;
    reader.Receive(header);
    const auto frame = reader.Next();
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::kLimitExceeded);
  }
}

TEST(FrameReaderTest, HasALimitOfItsOwn) {
  const Bytes frame = SerializeFrame(StopMessage(std::string(100, 'x'))).value();
  const std::size_t size = frame.size() - kFrameHeaderSize;
  FrameReader large(size);
  large.Receive(frame);
  EXPECT_TRUE(large.Next().value());
  FrameReader small(size - 1);
  small.Receive(frame);
  ASSERT_FALSE(small.Next());
  EXPECT_EQ(small.Next().error().code, ErrorCode::kLimitExceeded);
}

TEST(FrameReaderTest, TakesAFrameOfTheLargestSize) {
  // Two fields around the text, each with a tag and a length of four bytes.
  const Bytes frame = SerializeFrame(StopMessage(std::string(kMaxFrameSize - 10, 'x'))).value();
  ASSERT_EQ(frame.size(), kMaxFrameSize + kFrameHeaderSize);
  FrameReader reader;
  reader.Receive(frame);
  EXPECT_EQ(reader.Next().value()->message.size(), kMaxFrameSize);
}

TEST(FrameReaderTest, SurvivesArbitraryBytesInArbitraryPieces) {
  std::mt19937 random(1);  // seeded: the same bytes each run
  for (int round = 0; round < 200; ++round) {
    FrameReader reader;
    for (int piece = 0; piece < 50; ++piece) {
      Bytes bytes(random() % 40);
      for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0);
      reader.Receive(bytes);
      auto frame = reader.Next();
      for (; frame && *frame; frame = reader.Next()) {
        ToHandler message;
        const Bytes& text = (*frame)->message;
        (void)message.ParseFromArray(text.data(), static_cast<int>(text.size()));
      }
      if (!frame) break;
    }
  }
}

}  // namespace
}  // namespace ingress::ipc
