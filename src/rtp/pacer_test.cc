#include "rtp/pacer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr TimePoint kStart{1h};
constexpr std::size_t kPacketSize = 1200;

class PacerTest : public testing::Test {
 protected:
  struct Sent {
    SequenceNumber sequence;
    std::chrono::nanoseconds at;  // since kStart
  };

  void Enqueue(Pacer& pacer, SequenceNumber sequence, PacketPriority priority, TimePoint now,
               std::size_t size = kPacketSize) {
    PacketPtr packet = pool_.Take();
    packet->WriteHeader({.sequence = sequence}, {}, {});
    packet->SetPayloadSize(size - kFixedHeaderSize);
    pacer.Enqueue(std::move(packet), priority, now);
  }

  void EnqueueFrame(Pacer& pacer, SequenceNumber first, int packets, TimePoint now) {
    for (int i = 0; i < packets; ++i) {
      Enqueue(pacer, static_cast<SequenceNumber>(first + i), PacketPriority::kVideo, now);
    }
  }

  void PollAll(Pacer& pacer, TimePoint now) {
    while (const auto due = pacer.Poll(now)) {
      sent_.push_back({due->packet->header().sequence, now - kStart});
    }
  }

  /// Polls at each deadline from `now` on until nothing is queued; returns how often.
  int Run(Pacer& pacer, TimePoint now) {
    int polls = 0;
    while (const auto deadline = pacer.NextDeadline()) {
      now = std::max(now, *deadline);
      PollAll(pacer, now);
      if (++polls > 1000) ADD_FAILURE() << "the pacer does not come to an end";
      if (polls > 1000) break;
    }
    return polls;
  }

  std::vector<SequenceNumber> Order() const {
    std::vector<SequenceNumber> order;
    for (const Sent& sent : sent_) order.push_back(sent.sequence);
    return order;
  }

  PacketPool pool_;
  std::vector<Sent> sent_;
};

TEST_F(PacerTest, LetsASmallFrameLeaveAtOnce) {
  Pacer pacer({});
  EnqueueFrame(pacer, 0, 8, kStart);
  PollAll(pacer, kStart);
  EXPECT_EQ(sent_.size(), 8U);
  EXPECT_FALSE(pacer.NextDeadline());
}

TEST_F(PacerTest, LetsOrdinaryFramesOfAFastStreamLeaveAtOnce) {
  Pacer pacer({.bitrate = 8'000'000});
  TimePoint now = kStart;
  for (SequenceNumber frame = 0; frame < 60; ++frame, now += 16ms) {
    EnqueueFrame(pacer, static_cast<SequenceNumber>(frame * 20), 14, now);
    PollAll(pacer, now);
    EXPECT_EQ(pacer.queued_packets(), 0U);
  }
}

TEST_F(PacerTest, SpreadsAKeyFrameOverItsDelayAndNoLonger) {
  Pacer pacer({.bitrate = 2'500'000});
  EnqueueFrame(pacer, 0, 125, kStart);  // 150 kB: half a second at the nominal bitrate
  const int polls = Run(pacer, kStart);
  ASSERT_EQ(sent_.size(), 125U);
  EXPECT_LE(sent_.back().at, 20ms);
  EXPECT_GE(sent_.back().at, 15ms);
  EXPECT_LE(polls, 7);  // a wake-up every 4 ms, not one a packet
  const auto in_first_half = std::ranges::count_if(sent_, [](Sent s) { return s.at <= 10ms; });
  EXPECT_GT(in_first_half, 40);
  EXPECT_LT(in_first_half, 85);
}

TEST_F(PacerTest, KeepsTheNominalPaceWhereThatSuffices) {
  Pacer pacer({.bitrate = 8'000'000,
               .rate_factor = 2.0,
               .step = 2ms,
               .burst = 2 * kPacketSize,
               .burst_time = 0ms});
  EnqueueFrame(pacer, 0, 10, kStart);  // 2 at once, then 8 × 1200 bytes at 2 MB/s: 4.8 ms
  Run(pacer, kStart);
  ASSERT_EQ(sent_.size(), 10U);
  EXPECT_EQ(sent_[1].at, 0ms);
  EXPECT_GE(sent_.back().at, 4ms);
  EXPECT_LE(sent_.back().at, 8ms);
}

TEST_F(PacerTest, SendsAllLayersOfAPictureWithin30Milliseconds) {
  Pacer pacer({.bitrate = 3'000'000});
  EnqueueFrame(pacer, 0, 20, kStart);
  PollAll(pacer, kStart);
  EnqueueFrame(pacer, 100, 60, kStart + 4ms);
  PollAll(pacer, kStart + 4ms);
  EnqueueFrame(pacer, 200, 170, kStart + 10ms);
  Run(pacer, kStart + 10ms);
  ASSERT_EQ(sent_.size(), 250U);
  EXPECT_LE(sent_.back().at, 30ms);
}

TEST_F(PacerTest, SendsAudioFirstThenRetransmissionsThenVideo) {
  Pacer pacer({});
  Enqueue(pacer, 1, PacketPriority::kVideo, kStart);
  Enqueue(pacer, 2, PacketPriority::kRetransmission, kStart);
  Enqueue(pacer, 3, PacketPriority::kAudio, kStart);
  PollAll(pacer, kStart);
  EXPECT_THAT(Order(), ElementsAre(3, 2, 1));
}

TEST_F(PacerTest, NeverDelaysAudio) {
  Pacer pacer({.bitrate = 100'000});
  EnqueueFrame(pacer, 0, 100, kStart);
  PollAll(pacer, kStart);
  const std::size_t before = sent_.size();
  ASSERT_LT(before, 100U);
  Enqueue(pacer, 5000, PacketPriority::kAudio, kStart + 1us, 200);
  EXPECT_EQ(pacer.NextDeadline(), kStart + 1us);
  EXPECT_EQ(pacer.Poll(kStart + 1us)->priority, PacketPriority::kAudio);
}

TEST_F(PacerTest, CatchesUpAfterALatePoll) {
  Pacer pacer({.bitrate = 1'000'000});
  EnqueueFrame(pacer, 0, 200, kStart);
  PollAll(pacer, kStart + 100ms);
  EXPECT_EQ(sent_.size(), 200U);
}

TEST_F(PacerTest, DropsWhatDoesNotFitInTheQueue) {
  Pacer pacer({.max_queue = 3 * kPacketSize});
  EnqueueFrame(pacer, 0, 5, kStart);
  EXPECT_EQ(pacer.queued_packets(), 3U);
  EXPECT_EQ(pacer.dropped_packets(), 2U);
  EXPECT_EQ(pool_.in_use(), 3U);
  pacer.Clear();
  EXPECT_EQ(pool_.in_use(), 0U);
  EXPECT_EQ(pacer.queued_bytes(), 0U);
  EXPECT_FALSE(pacer.NextDeadline());
}

TEST_F(PacerTest, StaysWithinTheDelayFrameAfterFrame) {
  Pacer pacer({.bitrate = 2'000'000});
  TimePoint now = kStart;
  for (SequenceNumber frame = 0; frame < 30; ++frame, now += 33ms) {
    sent_.clear();
    EnqueueFrame(pacer, static_cast<SequenceNumber>(frame * 100), frame % 10 == 0 ? 90 : 7, now);
    Run(pacer, now);
    ASSERT_FALSE(sent_.empty());
    EXPECT_LE(sent_.back().at - (now - kStart), 20ms);
    EXPECT_TRUE(std::ranges::is_sorted(Order()));
  }
}

}  // namespace
}  // namespace ingress::rtp
