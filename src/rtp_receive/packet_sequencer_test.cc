#include "rtp_receive/packet_sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

/// What comes out of a sequencer whose packets carry their own number.
class PacketSequencerTest : public ::testing::Test, private OrderedPacketSink {
 protected:
  void Send(int number, TimePoint now = kStart) {
    const Bytes payload = PayloadOf(number);
    sequencer_.OnPacket(PacketOf(number, payload), now);
  }

  bool Resend(int number, TimePoint now) {
    const Bytes payload = PayloadOf(number);
    return sequencer_.OnRetransmission(PacketOf(number, payload), now);
  }

  /// The packets that went on since the last call; negative where something was lost before one.
  std::vector<int> Took() { return std::exchange(took_, {}); }

  void Begin(bool requests, std::chrono::milliseconds beginning = 0ms) {
    sequencer_ = PacketSequencer({.ssrc = 7, .requests = requests, .beginning = beginning}, *this);
  }

  PacketSequencer sequencer_{{.ssrc = 7, .requests = true}, *this};

 private:
  static Bytes PayloadOf(int number) {
    return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  }
  static ReceivedPacket PacketOf(int number, ByteView payload) {
    return {.header = {.sequence = static_cast<rtp::SequenceNumber>(65'000 + number)},
            .payload = payload};
  }
  void OnOrdered(const OrderedPacket& packet) override {
    const int number = packet.payload[0] << 8 | packet.payload[1];
    took_.push_back(packet.after_gap ? -number : number);
  }

  std::vector<int> took_;
};

TEST_F(PacketSequencerTest, PassesPacketsInOrderAtOnce) {
  for (const int number : {1, 2, 3}) Send(number);
  EXPECT_THAT(Took(), ElementsAre(1, 2, 3));
  EXPECT_EQ(sequencer_.deadline(), TimePoint::max());
}

TEST_F(PacketSequencerTest, PutsOvertakenPacketsInOrder) {
  for (const int number : {1, 4, 3, 5}) Send(number);
  EXPECT_THAT(Took(), ElementsAre(1));
  Send(2);
  EXPECT_THAT(Took(), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(sequencer_.counters().lost, 0U);
  EXPECT_EQ(sequencer_.counters().repaired, 0U);
}

TEST_F(PacketSequencerTest, DropsWhatComesAgain) {
  for (const int number : {1, 1, 3, 3, 2, 2, 1}) Send(number);
  EXPECT_THAT(Took(), ElementsAre(1, 2, 3));
  EXPECT_EQ(sequencer_.counters().useless, 4U);
}

TEST_F(PacketSequencerTest, RepairsWithinTheHold) {
  for (const int number : {1, 3, 4, 5}) Send(number);
  EXPECT_THAT(sequencer_.TakeRequests(kStart), ElementsAre(65'002));
  sequencer_.Poll(kStart + 100ms);
  EXPECT_TRUE(Resend(2, kStart + 100ms));
  EXPECT_THAT(Took(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(sequencer_.counters().repaired, 1U);
  EXPECT_EQ(sequencer_.missing().repair_time().time(), 100ms);
}

TEST_F(PacketSequencerTest, CountsAResendOnTheSameSsrcAsRepaired) {
  for (const int number : {1, 3, 4, 5}) Send(number);
  sequencer_.TakeRequests(kStart);
  Send(2, kStart + 50ms);
  EXPECT_THAT(Took(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(sequencer_.counters().repaired, 1U);
}

TEST_F(PacketSequencerTest, GoesOnBehindAGapWhenTheHoldIsOver) {
  for (const int number : {1, 3}) Send(number);
  Send(6, kStart + 10ms);
  const auto hold = sequencer_.missing().repair_time().hold();
  sequencer_.Poll(kStart + hold - 1ms);
  EXPECT_THAT(Took(), ElementsAre(1));
  sequencer_.Poll(kStart + hold);
  EXPECT_THAT(Took(), ElementsAre(-3));
  sequencer_.Poll(kStart + hold + 10ms);
  EXPECT_THAT(Took(), ElementsAre(-6));
  EXPECT_EQ(sequencer_.counters().lost, 3U);
  Send(2, kStart + 1s);
  EXPECT_THAT(Took(), IsEmpty());
}

TEST_F(PacketSequencerTest, WaitsForReorderingOnlyWhereNothingCanBeAskedFor) {
  Begin(false);
  for (const int number : {1, 3}) Send(number);
  EXPECT_EQ(sequencer_.deadline(), kStart + PacketSequencer::kReordering);
  sequencer_.Poll(kStart + PacketSequencer::kReordering);
  EXPECT_THAT(Took(), ElementsAre(1, -3));
}

TEST_F(PacketSequencerTest, GivesUpALongBurstAtOnce) {
  Send(1);
  Send(3);
  Send(700);
  EXPECT_THAT(Took(), ElementsAre(1, -3, -700));
  EXPECT_THAT(sequencer_.TakeRequests(kStart + 1s), IsEmpty());
  EXPECT_EQ(sequencer_.counters().lost, 1U + 696U);
  EXPECT_EQ(sequencer_.deadline(), TimePoint::max());
}

TEST_F(PacketSequencerTest, DoesNotRepairALongOutage) {
  Send(1);
  Send(40, kStart + 501ms);
  EXPECT_THAT(Took(), ElementsAre(1, -40));
  Send(80, kStart + 1001ms);  // not so long
  EXPECT_THAT(Took(), IsEmpty());
  EXPECT_THAT(sequencer_.TakeRequests(kStart + 1001ms), SizeIs(37));  // three or more have passed
}

TEST_F(PacketSequencerTest, HoldsABoundedNumber) {
  Send(1);
  for (int number = 3; number < 2'900; ++number) Send(number);
  EXPECT_THAT(Took(), SizeIs(2'898));
  EXPECT_EQ(sequencer_.counters().lost, 1U);
}

TEST_F(PacketSequencerTest, GoesOnWithASenderThatBeginsAnew) {
  for (const int number : {1, 3}) Send(number);
  Send(20'000);
  EXPECT_THAT(Took(), ElementsAre(1));
  Send(20'001);
  Send(20'002);
  EXPECT_THAT(Took(), ElementsAre(-20'001, 20'002));
  EXPECT_EQ(sequencer_.counters().stray, 1U);
  EXPECT_EQ(sequencer_.counters().restarts, 1U);
  EXPECT_EQ(sequencer_.deadline(), TimePoint::max());
}

TEST_F(PacketSequencerTest, TakesRetransmissionsOfWhatIsMissingOnly) {
  EXPECT_FALSE(Resend(1, kStart));  // before anything has come
  for (const int number : {1, 3}) Send(number);
  EXPECT_FALSE(Resend(1, kStart));
  EXPECT_FALSE(Resend(3, kStart));
  EXPECT_FALSE(Resend(9, kStart));  // nobody knows of it yet
  EXPECT_TRUE(Resend(2, kStart));
  EXPECT_FALSE(Resend(2, kStart));
  EXPECT_THAT(Took(), ElementsAre(1, 2, 3));
}

TEST_F(PacketSequencerTest, GathersAtTheBeginning) {
  Begin(true, 10ms);
  for (const int number : {12, 10, 11, 14}) Send(number);
  EXPECT_THAT(Took(), IsEmpty());
  EXPECT_EQ(sequencer_.deadline(), kStart + 5ms);  // 13 is missing
  sequencer_.TakeRequests(kStart + 5ms);
  EXPECT_EQ(sequencer_.deadline(), kStart + 10ms);
  sequencer_.Poll(kStart + 10ms);
  EXPECT_THAT(Took(), ElementsAre(10, 11, 12));
  Send(13);
  Send(15);
  EXPECT_THAT(Took(), ElementsAre(13, 14, 15));
  Send(9);
  EXPECT_THAT(Took(), IsEmpty());
}

TEST_F(PacketSequencerTest, GathersABoundedNumberAtTheBeginning) {
  Begin(true, 10ms);
  for (int number = 1; number <= 2'500; ++number) Send(number);
  EXPECT_THAT(Took(), SizeIs(2'500));
  Begin(true, 10ms);
  Send(1);
  Send(1'000);  // more than is repaired
  EXPECT_THAT(Took(), ElementsAre(1, -1'000));
}

TEST_F(PacketSequencerTest, SaysWhenItWantsToBePolled) {
  Send(1);
  Send(3);
  EXPECT_EQ(sequencer_.deadline(), kStart + 5ms);  // a request
  sequencer_.TakeRequests(kStart + 5ms);
  EXPECT_EQ(sequencer_.deadline(), kStart + 5ms + 125ms);
  sequencer_.TakeRequests(kStart + 130ms);
  EXPECT_EQ(sequencer_.deadline(), kStart + 255ms);
  sequencer_.TakeRequests(kStart + 255ms);
  EXPECT_EQ(sequencer_.deadline(), kStart + sequencer_.missing().repair_time().hold());
}

}  // namespace
}  // namespace ingress::rtp_receive
