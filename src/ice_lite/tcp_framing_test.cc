#include "ice_lite/tcp_framing.h"

#include <gtest/gtest.h>

namespace ingress::ice_lite {
namespace {

Bytes StreamOf(std::initializer_list<Bytes> packets) {
  Bytes stream;
  for (const Bytes& packet : packets) AppendTcpFrame(packet, stream);
  return stream;
}

TEST(TcpFrameReaderTest, CutsAStreamHoweverItArrives) {
  const Bytes stream = StreamOf({{1, 2, 3}, {}, {4}});
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    TcpFrameReader reader;
    std::vector<Bytes> packets;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.Receive(ByteView(stream).subspan(at, std::min(step, stream.size() - at)));
      for (auto next = reader.Next(); next && *next; next = reader.Next()) {
        packets.push_back(std::move(**next));
      }
    }
    EXPECT_EQ(packets, (std::vector<Bytes>{{1, 2, 3}, {4}}));
    EXPECT_EQ(reader.buffered(), 0U);
  }
}

TEST(TcpFrameReaderTest, TakesTheLargestPacketAndNoLarger) {
  const Bytes largest(TcpFrameReader::kMaxPacketSize, 7);
  TcpFrameReader reader;
  reader.Receive(StreamOf({largest}));
  EXPECT_EQ(reader.Next().value(), largest);
  reader.Receive(Bytes{0x08, 0x01});  // 2049, refused before it comes
  const auto next = reader.Next();
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::ice_lite
