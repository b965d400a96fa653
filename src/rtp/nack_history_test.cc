#include "rtp/nack_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr auto kSpacing = 50ms;
constexpr TimePoint kStart{};  // no test reads a real clock

class NackHistoryTest : public testing::Test {
 protected:
  PacketPtr Packet(SequenceNumber sequence, std::size_t payload = 10) {
    PacketPtr packet = pool_.Take();
    packet->WriteHeader({.sequence = sequence}, {}, {});
    packet->SetPayloadSize(payload);
    return packet;
  }

  PacketPool pool_;
};

TEST(ParseGenericNackTest, ExpandsBitmaskAcrossSequenceWrap) {
  const std::uint8_t fci[] = {
      0xff, 0xfe,  // PID: 65534
      0x00, 0x05,  // BLP: bits 0 and 2
  };
  EXPECT_THAT(ParseGenericNack(fci).value(), ElementsAre(65534, 65535, 1));
}

TEST(ParseGenericNackTest, KeepsWireOrderOfEntries) {
  const std::uint8_t fci[] = {0x00, 0x10, 0x80, 0x00,   // 16, 32
                              0x00, 0x05, 0x00, 0x00};  // 5
  EXPECT_THAT(ParseGenericNack(fci).value(), ElementsAre(16, 32, 5));
}

TEST(ParseGenericNackTest, RejectsTruncatedEntry) {
  const std::uint8_t fci[] = {0x00, 0x01, 0x00};
  const auto lost = ParseGenericNack(fci);
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, ErrorCode::kMalformed);
  EXPECT_FALSE(ParseGenericNack({}).has_value());
}

TEST_F(NackHistoryTest, ResendsAtMostOncePerRoundTrip) {
  NackHistory history({});
  history.Store(Packet(7), kStart);
  EXPECT_TRUE(history.TakeForResend(7, kStart + 10ms, kSpacing));
  EXPECT_FALSE(history.TakeForResend(7, kStart + 59ms, kSpacing));
  EXPECT_TRUE(history.TakeForResend(7, kStart + 60ms, kSpacing));
}

TEST_F(NackHistoryTest, DropsTheOldestWhenFull) {
  NackHistory history({.max_packets = 2});
  for (const SequenceNumber sequence : std::initializer_list<SequenceNumber>{1, 2, 3})
    history.Store(Packet(sequence), kStart);
  EXPECT_FALSE(history.TakeForResend(1, kStart, kSpacing));
  EXPECT_TRUE(history.TakeForResend(2, kStart, kSpacing));
  EXPECT_TRUE(history.TakeForResend(3, kStart, kSpacing));
  EXPECT_EQ(pool_.in_use(), 2U);
}

TEST_F(NackHistoryTest, StaysWithinItsBytes) {
  NackHistory history({.max_bytes = 100});
  history.Store(Packet(1, 38), kStart);
  history.Store(Packet(2, 38), kStart);
  EXPECT_EQ(history.bytes(), 100U);
  history.Store(Packet(3, 38), kStart);
  EXPECT_EQ(history.packets(), 2U);
  EXPECT_FALSE(history.TakeForResend(1, kStart, kSpacing));
  EXPECT_TRUE(history.TakeForResend(3, kStart, kSpacing));
}

TEST_F(NackHistoryTest, FindsPacketsAcrossTheWrapAndGaps) {
  NackHistory history({});
  for (const SequenceNumber sequence : std::initializer_list<SequenceNumber>{65533, 65535, 0, 3}) {
    history.Store(Packet(sequence), kStart);
  }
  for (const SequenceNumber sequence : std::initializer_list<SequenceNumber>{65533, 65535, 0, 3}) {
    const RtpPacket* found = history.TakeForResend(sequence, kStart, kSpacing);
    ASSERT_TRUE(found != nullptr) << sequence;
    EXPECT_EQ(found->header().sequence, sequence);
  }
  for (const SequenceNumber sequence :
       std::initializer_list<SequenceNumber>{65532, 65534, 1, 2, 4, 40000}) {
    EXPECT_FALSE(history.TakeForResend(sequence, kStart, kSpacing)) << sequence;
  }
}

TEST_F(NackHistoryTest, GrowsWhileTheRingIsTurned) {
  NackHistory history({.max_packets = 500, .max_age = 100ms});
  SequenceNumber sequence = 0;
  // 60 packets that age out move the ring's start before it has to grow.
  for (; sequence < 60; ++sequence) history.Store(Packet(sequence), kStart);
  for (; sequence < 400; ++sequence) history.Store(Packet(sequence), kStart + 101ms);
  EXPECT_EQ(history.packets(), 340U);
  for (SequenceNumber wanted = 60; wanted < 400; ++wanted) {
    ASSERT_TRUE(history.TakeForResend(wanted, kStart + 101ms, kSpacing)) << wanted;
  }
}

TEST_F(NackHistoryTest, ForgetsWithAge) {
  NackHistory history({.max_age = 1000ms});
  history.Store(Packet(1), kStart);
  EXPECT_TRUE(history.TakeForResend(1, kStart + 1000ms, kSpacing));
  EXPECT_FALSE(history.TakeForResend(1, kStart + 1001ms, kSpacing));
  history.Expire(kStart + 1001ms);
  EXPECT_EQ(pool_.in_use(), 0U);
  EXPECT_EQ(history.bytes(), 0U);
}

}  // namespace
}  // namespace ingress::rtp
