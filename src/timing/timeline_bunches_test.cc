#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "stream/testing/timestamps.h"
#include "timing/timeline.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using Kind = Timeline::Kind;

constexpr SessionTime kFrame{std::int64_t{1024} * std::nano::den / 48'000};
constexpr SessionTime kPicture{std::nano::den / 30};

struct Message {
  Kind kind;
  int index;
  SessionTime arrival;
  std::uint32_t timestamp;
};

std::uint32_t Timestamp(SessionTime media) {
  return static_cast<std::uint32_t>(std::chrono::round<std::chrono::milliseconds>(media).count());
}

/// Thirty seconds of video as it comes, and of audio in bunches of `bunch` frames that have the
/// timestamp of the first of them.
std::vector<Message> Bunched(int bunch, SessionTime video_late = {}) {
  std::vector<Message> messages;
  for (int i = 0; i * kPicture < 30s; ++i) {
    messages.push_back({Kind::kVideo, i, i * kPicture + 5ms + video_late, Timestamp(i * kPicture)});
  }
  for (int i = 0; i * kFrame < 30s; ++i) {
    const int first = i / bunch * bunch;
    messages.push_back({Kind::kAudio, i, (first + bunch) * kFrame, Timestamp(first * kFrame)});
  }
  std::ranges::sort(messages, {}, [](const Message& m) { return std::pair(m.arrival, m.index); });
  return messages;
}

TEST(TimelineBunchesTest, CutsNothingFromBunchesOnceTheyAreKnown) {
  for (const int bunch : {2, 5, 10, 25, 50}) {
    SCOPED_TRACE(bunch);
    Timeline timeline;
    timeline.Freeze();
    int lost = 0;
    for (const Message& message : Bunched(bunch)) {
      const Placed placed =
          timeline.Map(message.kind, stream::AtMs(message.timestamp), message.arrival,
                       message.kind == Kind::kAudio ? kFrame : SessionTime{0});
      if (message.kind == Kind::kVideo) {
        EXPECT_TRUE(placed.live) << message.index;
        continue;
      }
      // A bunch longer than kMaxSlack takes two bunches to be known.
      const int known_from = bunch * kFrame > LiveEdge::kMaxSlack ? 2 * bunch : bunch;
      if (message.index < known_from) {
        lost += placed.live ? 0 : 1;
        continue;
      }
      ASSERT_TRUE(placed.live) << message.index;
      // On the video's clock; the first pictures may have shown that it is a little earlier.
      ASSERT_NEAR(static_cast<double>((placed.time - message.index * kFrame).count()) / 1e6, 5, 32)
          << message.index;
    }
    EXPECT_LE(lost, bunch <= 10 ? 0 : bunch / 2 + 1);
  }
}

TEST(TimelineBunchesTest, CutsNothingWhereVideoComesLaterThanAudio) {
  Timeline timeline;
  timeline.Freeze();
  for (const Message& message : Bunched(10, 200ms)) {
    const Placed placed =
        timeline.Map(message.kind, stream::AtMs(message.timestamp), message.arrival,
                     message.kind == Kind::kAudio ? kFrame : SessionTime{0});
    if (message.arrival > 2s) ASSERT_TRUE(placed.live) << message.index;
  }
}

TEST(TimelineExactTest, DoesNotCountAudioOfWhichFramesAreMissing) {
  constexpr stream::TickClock kExact{.rate = 48'000, .bits = 64, .exact = true};
  Timeline timeline;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const SessionTime captured = i * 20ms;
    timeline.Map(TrackKind::kVideo, {.ticks = 960 * i, .clock = kExact}, captured);
    if (i % 20 == 7) continue;  // lost on its way
    const auto placed =
        timeline.Map(TrackKind::kAudio, {.ticks = 960 * i, .clock = kExact}, captured, 20ms);
    ASSERT_EQ(placed.time, captured);
  }
}

}  // namespace
}  // namespace ingress
