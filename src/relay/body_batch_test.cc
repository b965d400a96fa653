#include "relay/body_batch.h"

#include <gtest/gtest.h>

#include <memory>

#include "flv/stream_writer.h"

namespace ingress::relay {
namespace {

SharedTag MakeTag(std::uint32_t timestamp, Bytes payload) {
  return {flv::TagType::kVideo, timestamp, std::make_shared<const Bytes>(std::move(payload))};
}

/// Takes everything out of `batch`, `step` bytes at a time.
Bytes Drain(BodyBatch& batch, std::size_t step) {
  Bytes out;
  while (!batch.done()) {
    const boost::asio::const_buffer front = batch.remaining().front();
    const auto* data = static_cast<const std::uint8_t*>(front.data());
    const std::size_t size = std::min(step, front.size());
    out.insert(out.end(), data, data + size);
    batch.Consume(size);
  }
  return out;
}

const Bytes kTwoTags = {
    9,    0,    0, 2,  0, 0, 5, 0x01, 0, 0, 0,  // video, 2 bytes, timestamp 0x01000005, stream 0
    0x17, 0x02,                                 // body
    0,    0,    0, 13,                          // previous tag size
    9,    0,    0, 0,  0, 0, 6, 0,    0, 0, 0,  // video, empty
    0,    0,    0, 11,
};

TEST(BodyBatchTest, WritesTagsWithTheirFraming) {
  for (const std::size_t step : {1UZ, 3UZ, 1000UZ}) {
    BodyBatch batch(false);
    batch.Assign({}, {MakeTag(0x01000005, {0x17, 0x02}), MakeTag(6, {})});
    EXPECT_EQ(Drain(batch, step), kTwoTags) << step;
  }
}

TEST(BodyBatchTest, PutsOneChunkAroundABatch) {
  BodyBatch batch(true);
  batch.Assign(flv::kFileHeader, {MakeTag(0x01000005, {0x17, 0x02}), MakeTag(6, {})});
  Bytes expected;
  for (const char letter : std::string_view("2d\r\n")) expected.push_back(letter);  // 13 + 32
  expected.insert(expected.end(), flv::kFileHeader.begin(), flv::kFileHeader.end());
  expected.insert(expected.end(), kTwoTags.begin(), kTwoTags.end());
  expected.push_back('\r');
  expected.push_back('\n');
  EXPECT_EQ(Drain(batch, 7), expected);

  batch.AssignEnd();
  EXPECT_EQ(AsText(Drain(batch, 100)), "0\r\n\r\n");
}

TEST(BodyBatchTest, EndsAnUnchunkedBodyWithNothing) {
  BodyBatch batch(false);
  batch.AssignEnd();
  EXPECT_TRUE(batch.done());
}

TEST(BodyBatchTest, ConsumesAcrossBuffers) {
  BodyBatch batch(false);
  batch.Assign({}, {MakeTag(0x01000005, {0x17, 0x02}), MakeTag(6, {})});
  batch.Consume(12);
  Bytes rest = Drain(batch, 100);
  EXPECT_EQ(rest, Bytes(kTwoTags.begin() + 12, kTwoTags.end()));
}

TEST(BodyBatchTest, DoesNotCopyPayloads) {
  const SharedTag tag = MakeTag(0, {1, 2, 3});
  BodyBatch batch(true);
  batch.Assign({}, {tag});
  EXPECT_EQ(batch.remaining()[1].data(), tag.payload->data());
  EXPECT_LE(2 * BodyBatch::kMaxTags + 1, 64U);
}

}  // namespace
}  // namespace ingress::relay
