#include "rtp_receive/transport_feedback_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "rtp/receiver_rtcp.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

/// The numbers of a feedback; negative: not received. (Zero is not used.)
std::vector<int> Told(const rtp::TransportFeedback& feedback) {
  std::vector<int> told;
  for (const auto& packet : feedback.packets) {
    told.push_back(packet.received ? packet.sequence : -int{packet.sequence});
  }
  return told;
}

class TransportFeedbackCollectorTest : public ::testing::Test {
 protected:
  std::vector<std::vector<int>> Take(TimePoint now) {
    std::vector<std::vector<int>> all;
    for (const auto& feedback : collector_.Take(now)) {
      all.push_back(Told(feedback));
      Bytes written;  // whatever is told can be written
      rtp::AppendTransportFeedback(written, feedback);
      EXPECT_LE(written.size(), 1'200U);
    }
    return all;
  }

  TransportFeedbackCollector collector_{kStart};
};

TEST_F(TransportFeedbackCollectorTest, TellsEveryHundredMilliseconds) {
  EXPECT_EQ(collector_.deadline(), TimePoint::max());
  collector_.OnPacket(10, kStart);
  collector_.OnPacket(12, kStart + 5ms);
  EXPECT_EQ(collector_.deadline(), kStart + 100ms);
  EXPECT_THAT(Take(kStart + 99ms), IsEmpty());
  EXPECT_THAT(Take(kStart + 100ms), ElementsAre(ElementsAre(10, -11, 12)));
  EXPECT_EQ(collector_.deadline(), TimePoint::max());
  collector_.OnPacket(14, kStart + 110ms);
  EXPECT_THAT(Take(kStart + 200ms), ElementsAre(ElementsAre(-13, 14)));
}

TEST_F(TransportFeedbackCollectorTest, TellsSoonerWhenThereIsMuch) {
  for (std::uint16_t i = 1; i <= 64; ++i) collector_.OnPacket(i, kStart);
  EXPECT_EQ(collector_.deadline(), kStart + 50ms);
  EXPECT_THAT(Take(kStart + 50ms), ElementsAre(SizeIs(64)));
}

TEST_F(TransportFeedbackCollectorTest, TellsArrivalsExactlyAndCountsItsMessages) {
  collector_.OnPacket(1, kStart + 1'750us);
  collector_.OnPacket(2, kStart + 1'250us);  // before it
  const auto first = collector_.Take(kStart + 200ms);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].packets[0].arrival, 1'750us);
  EXPECT_EQ(first[0].packets[1].arrival, 1'250us);
  EXPECT_EQ(first[0].count, 0);
  collector_.OnPacket(3, kStart + 200ms);
  EXPECT_EQ(collector_.Take(kStart + 300ms)[0].count, 1);
}

TEST_F(TransportFeedbackCollectorTest, TellsAgainWhatCameLate) {
  for (const int number : {1, 2, 4}) {
    collector_.OnPacket(static_cast<std::uint16_t>(number), kStart);
  }
  EXPECT_THAT(Take(kStart + 100ms), ElementsAre(ElementsAre(1, 2, -3, 4)));
  collector_.OnPacket(3, kStart + 110ms);
  collector_.OnPacket(5, kStart + 120ms);
  EXPECT_THAT(Take(kStart + 200ms), ElementsAre(ElementsAre(3, 4, 5)));
  collector_.OnPacket(4, kStart + 210ms);  // again
  EXPECT_EQ(collector_.deadline(), TimePoint::max());
}

TEST_F(TransportFeedbackCollectorTest, DoesNotTellOfWhatCameTooLate) {
  collector_.OnPacket(1, kStart);
  collector_.OnPacket(3, kStart);
  Take(kStart + 100ms);
  collector_.OnPacket(4, kStart + 700ms);
  collector_.OnPacket(2, kStart + 705ms);  // 3 is forgotten and would count as lost
  EXPECT_THAT(Take(kStart + 800ms), ElementsAre(ElementsAre(4)));
}

TEST_F(TransportFeedbackCollectorTest, GoesOnAcrossTheWrapAndACounterThatBeginsAnew) {
  collector_.OnPacket(65'535, kStart);
  collector_.OnPacket(1, kStart);
  EXPECT_THAT(Take(kStart + 100ms), ElementsAre(ElementsAre(65'535, 0, 1)));
  collector_.OnPacket(20'000, kStart + 110ms);
  EXPECT_THAT(Take(kStart + 200ms), ElementsAre(ElementsAre(20'000)));
  collector_.OnPacket(7, kStart + 210ms);
  EXPECT_THAT(Take(kStart + 300ms), ElementsAre(ElementsAre(7)));
}

TEST_F(TransportFeedbackCollectorTest, TellsABurstInSeveralMessages) {
  for (std::uint16_t i = 1; i <= 900; ++i) collector_.OnPacket(i, kStart + i * 20us);
  EXPECT_THAT(Take(kStart + 100ms), ElementsAre(SizeIs(400), SizeIs(400), SizeIs(100)));
}

TEST_F(TransportFeedbackCollectorTest, CanAlwaysBeWritten) {
  std::mt19937 random(5);
  TimePoint now = kStart;
  std::uint16_t number = 65'000;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::microseconds(random() % 3'000);
    if (random() % 2'000 == 0) now += 20s;
    if (random() % 3'000 == 0) number = static_cast<std::uint16_t>(random());
    number = static_cast<std::uint16_t>(number + (random() % 20 == 0 ? random() % 300 : 1));
    const auto late = static_cast<std::uint16_t>(random() % 10 == 0 ? random() % 700 : 0);
    collector_.OnPacket(static_cast<std::uint16_t>(number - late), now);
    if (random() % 5 == 0) Take(now);
  }
  Take(now + 1s);
}

}  // namespace
}  // namespace ingress::rtp_receive
