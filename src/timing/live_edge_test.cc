#include "timing/live_edge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "stream/testing/timestamps.h"
#include "timing/timeline.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

SessionTime Time(double seconds) {
  return std::chrono::duration_cast<SessionTime>(Seconds(seconds));
}

/// A simulated encoder and line. Times in seconds.
struct Scenario {
  double length = 60;
  double clock = 1;  // of the encoder: 1.0002 runs 200 ppm fast
  double audio_lag = 0;
  /// When media captured at `t` is handed to the line.
  std::function<double(double t)> sent = [](double t) { return t; };
  /// What the line adds to it, at most in order: nothing overtakes.
  std::function<double(double sent)> delay = [](double) { return 0.0; };
  /// The number of what was captured at `t`.
  std::function<double(double t)> number = [](double t) { return t; };
};

struct Message {
  TrackKind kind = TrackKind::kVideo;
  double captured = 0;
  double arrival = 0;
  Placed placed{};
};

constexpr double kVideoStep = 1.0 / 30;
constexpr double kAudioStep = 1024.0 / 48'000;
constexpr double kFreezeAt = 0.4;

struct Outcome {
  std::vector<Message> messages;
  LiveEdge::Counters counters;
  double behind = 0;  // in the end
};

Outcome Simulate(const Scenario& scenario) {
  std::vector<Message> messages;
  const auto add = [&](TrackKind kind, double step, double lag) {
    for (double t = 0; t < scenario.length; t += step) {
      const double sent = scenario.sent(t) + lag;
      messages.push_back({kind, t, sent + scenario.delay(sent), {}});
    }
  };
  add(TrackKind::kVideo, kVideoStep, 0);
  add(TrackKind::kAudio, kAudioStep, scenario.audio_lag);
  std::ranges::sort(messages, {}, &Message::captured);
  std::array<double, 2> newest{};
  for (Message& message : messages) {
    double& last = newest[scenario.audio_lag > 0 ? static_cast<std::size_t>(message.kind) : 0];
    last = message.arrival = std::max(last, message.arrival);
  }
  std::ranges::sort(messages, {}, [](const Message& message) {
    return std::pair(message.arrival, message.captured);
  });

  Timeline timeline;
  for (Message& message : messages) {
    if (message.arrival >= kFreezeAt) timeline.Freeze();
    const double number = scenario.number(message.captured) * scenario.clock;
    message.placed = timeline.Map(
        message.kind, stream::AtMs(static_cast<std::uint32_t>(std::llround(number * 1000) + 7'000)),
        Time(message.arrival));
  }
  return {std::move(messages), timeline.counters(), Seconds(timeline.behind()).count()};
}

/// Times of a track only grow.
void ExpectOrder(const Outcome& run) {
  std::array<SessionTime, 2> last{SessionTime::min(), SessionTime::min()};
  for (const Message& message : run.messages) {
    if (!message.placed.live) continue;
    SessionTime& before = last[static_cast<std::size_t>(message.kind)];
    ASSERT_GT(message.placed.time, before) << "at " << message.arrival;
    before = message.placed.time;
  }
}

/// From `from` on, live media is near its time, and nearly all media is live.
void ExpectSteady(const Outcome& run, double from, double to = 1e9, double most_delay = 0.3) {
  int all = 0;
  int live = 0;
  for (const Message& message : run.messages) {
    if (message.arrival < from || message.arrival >= to) continue;
    ++all;
    if (!message.placed.live) continue;
    ++live;
    const double delay = message.arrival - Seconds(message.placed.time).count();
    ASSERT_LT(std::abs(delay), most_delay) << "at " << message.arrival;
  }
  ASSERT_GT(all, 0);
  EXPECT_GE(live, all * 0.99) << "from " << from << " to " << to;
}

/// Audio and video captured at the same moment get the same time. Where the offset jumps, audio
/// may come just before or just after the picture.
void ExpectAvSync(const Outcome& run, double from) {
  const auto offset = [](const Message& message) {
    return Seconds(message.placed.time).count() - message.captured;
  };
  std::vector<const Message*> pictures;
  std::vector<const Message*> audio;
  for (const Message& message : run.messages) {
    if (message.arrival < from || !message.placed.live) continue;
    (message.kind == TrackKind::kVideo ? pictures : audio).push_back(&message);
  }
  std::size_t next = 0;
  for (const Message* frame : audio) {
    while (next < pictures.size() && pictures[next]->arrival < frame->arrival) ++next;
    if (next == 0 || next == pictures.size()) continue;
    const double before = std::abs(offset(*frame) - offset(*pictures[next - 1]));
    const double after = std::abs(offset(*frame) - offset(*pictures[next]));
    ASSERT_LT(std::min(before, after), 0.040) << "at " << frame->arrival;
  }
}

/// Seconds of arrival time, after `from`, between live messages of a track beyond their usual step.
double Silence(const Outcome& run, TrackKind kind, double from, double to = 1e9) {
  double silence = 0;
  double last = from;
  for (const Message& message : run.messages) {
    if (message.kind != kind || message.arrival < from || message.arrival > to) continue;
    if (!message.placed.live) continue;
    silence += std::max(0.0, message.arrival - last - 0.1);
    last = message.arrival;
  }
  return silence;
}

double Jitter(double sent, double most) {
  std::minstd_rand random(static_cast<unsigned>(sent * 1e6) + 1);
  random.discard(3);
  return most * static_cast<double>(random()) / static_cast<double>(std::minstd_rand::max());
}

/// A line that is dead from `from` to `to` and then `speed` times as fast as the media.
std::function<double(double)> Stall(double from, double to, double speed) {
  return [=](double sent) {
    if (sent < from) return 0.0;
    return std::max(0.0, to + (sent - from) / speed - sent);
  };
}

TEST(LiveEdgeTest, KeepsEverythingOfASteadyStream) {
  const Outcome run = Simulate({});
  ExpectOrder(run);
  ExpectSteady(run, 0, 1e9, 0.01);
  ExpectAvSync(run, 0);
  EXPECT_EQ(run.counters.late + run.counters.overtaken, 0U);
}

TEST(LiveEdgeTest, KeepsEverythingOfAJitteryLine) {
  const Outcome run = Simulate({.delay = [](double sent) { return Jitter(sent, 0.2); }});
  ExpectOrder(run);
  ExpectSteady(run, 1);
  ExpectAvSync(run, 0);
  EXPECT_EQ(run.counters.late, 0U);
  EXPECT_LE(run.counters.overtaken, 20U);  // before the floor is found
}

TEST(LiveEdgeTest, FollowsADriftingEncoderForAnHour) {
  for (const double clock : {1.0002, 0.9998, 1.001, 0.999}) {
    SCOPED_TRACE(clock);
    const Outcome run = Simulate(
        {.length = 3600, .clock = clock, .delay = [](double sent) { return Jitter(sent, 0.05); }});
    ExpectOrder(run);
    ExpectSteady(run, 0, 1e9, 0.08);
    ExpectAvSync(run, 0);
    EXPECT_EQ(run.counters.late + run.counters.pulls + run.counters.rebases, 0U);
    EXPECT_LE(run.counters.overtaken, 20U);
  }
}

TEST(LiveEdgeTest, ReturnsToTheFloorWithTheBurstAfterAStall) {
  for (const double speed : {3.0, 10.0, 1e6}) {
    SCOPED_TRACE(speed);
    const Outcome run = Simulate({.delay = Stall(20, 25, speed)});
    const double over = 25 + 5 / (speed - 1);
    ExpectOrder(run);
    ExpectSteady(run, 0, 20, 0.01);
    ExpectSteady(run, over + 0.3);
    ExpectAvSync(run, 0);
    EXPECT_EQ(run.counters.rebases, 0U);
    EXPECT_LT(Silence(run, TrackKind::kAudio, 25), 5 / (speed - 1));
  }
}

TEST(LiveEdgeTest, BeginsWithHardlyAnyOldAudioAfterAStall) {
  for (const double length : {5.0, 5.006, 5.012, 5.018}) {  // different times into a frame of audio
    SCOPED_TRACE(length);
    const double over = 20 + length;
    const Outcome run = Simulate({.delay = Stall(20, over, 1e6)});
    double oldest = 0;
    for (const Message& message : run.messages) {
      const bool sound = message.kind == TrackKind::kAudio && message.placed.live;
      if (sound && message.arrival >= over) {
        oldest = std::max(oldest, message.arrival - message.captured);
      }
    }
    EXPECT_LT(oldest, 0.027);  // one frame, and some jitter
    EXPECT_LT(Silence(run, TrackKind::kAudio, over), 0.001);
  }
}

TEST(LiveEdgeTest, DoesNotWaitLongForAudioAfterAStallOfAJitteryLine) {
  for (const double jitter : {0.03, 0.06, 0.1}) {
    SCOPED_TRACE(jitter);
    const auto stall = Stall(20, 25, 1e6);
    const Outcome run =
        Simulate({.delay = [&](double sent) { return stall(sent) + Jitter(sent, jitter); }});
    ExpectOrder(run);
    EXPECT_LT(Silence(run, TrackKind::kAudio, 25), 0.3);
    EXPECT_EQ(run.counters.rebases, 0U);
  }
}

TEST(LiveEdgeTest, AcceptsTheDelayOfAStreamThatNeverCatchesUp) {
  for (const double pause : {0.5, 5.0, 30.0}) {
    SCOPED_TRACE(pause);
    const Outcome run = Simulate({.sent = [pause](double t) { return t < 20 ? t : t + pause; },
                                  .delay = [](double sent) { return Jitter(sent, 0.03); }});
    ExpectOrder(run);
    ExpectSteady(run, 20 + pause + 0.35, 1e9, 0.1);
    ExpectAvSync(run, 0);
    EXPECT_EQ(run.counters.rebases, 1U);
    EXPECT_LT(Silence(run, TrackKind::kVideo, 20 + pause), 0.3);
  }
}

TEST(LiveEdgeTest, DoesNotWaitForASlowCatchUp) {
  const Outcome run = Simulate({.length = 90, .delay = Stall(20, 25, 1.2)});
  ExpectOrder(run);
  ExpectAvSync(run, 0);
  EXPECT_LT(Silence(run, TrackKind::kVideo, 25, 26.5), 1.1);
  EXPECT_LT(Silence(run, TrackKind::kVideo, 26.5, 50), 0.2 * 23.5);  // what runs ahead is skipped
  ExpectSteady(run, 51);
  for (const Message& message : run.messages) {
    if (!message.placed.live || message.arrival < 26.5) continue;
    ASSERT_LT(std::abs(message.arrival - Seconds(message.placed.time).count()), 0.3);
  }
}

TEST(LiveEdgeTest, SkipsABurstAtTheStart) {
  for (const double lasts : {0.0, 0.2, 2.0}) {  // also one that goes on after the freeze
    SCOPED_TRACE(lasts);
    const Outcome run =
        Simulate({.sent = [lasts](double t) { return t < 10 ? t / 10 * lasts : lasts + t - 10; }});
    ExpectOrder(run);
    ExpectSteady(run, lasts + 0.3);
    ExpectAvSync(run, lasts + 0.3);
    int live = 0;
    for (const Message& message : run.messages)
      live += message.captured < 9.5 && message.placed.live;
    EXPECT_LT(live, 20 + 77 * (lasts + 0.3));  // no more than has room in that time
  }
}

TEST(LiveEdgeTest, ThinsAStreamThatIsSentTooFast) {
  const Outcome run = Simulate({.length = 120, .sent = [](double t) { return t / 2; }});
  ExpectOrder(run);
  int live = 0;
  for (const Message& message : run.messages) {
    if (!message.placed.live) continue;
    ++live;
    ASSERT_LT(std::abs(message.arrival - Seconds(message.placed.time).count()), 0.3);
  }
  const auto half = static_cast<double>(run.messages.size()) / 2;
  EXPECT_NEAR(live, half, half * 0.1);
}

TEST(LiveEdgeTest, LetsOneTrackBeLaterThanTheOther) {
  for (const double lag : {0.2, 0.6, 0.9, 1.5, 2.0}) {
    SCOPED_TRACE(lag);
    const Outcome run = Simulate({.audio_lag = lag});
    ExpectOrder(run);
    ExpectAvSync(run, 0);
    ExpectSteady(run, lag + 0.5, 1e9, lag + 0.1);
    EXPECT_EQ(run.counters.rebases + run.counters.pulls, 0U);
  }
}

TEST(LiveEdgeTest, ShiftsATrackWhoseNumbersStayBehind) {
  // Video counts its pictures and loses more and more of them: half a second, nine times.
  Timeline timeline;
  timeline.Freeze();
  double lost = 0;
  int live = 0;
  for (int i = 0; i < 3000; ++i) {
    const double t = i / 30.0;
    if (i % 300 == 299) lost += 0.5;
    timeline.Map(TrackKind::kAudio, stream::AtMs(static_cast<std::uint32_t>(t * 1000)), Time(t));
    const Placed placed = timeline.Map(
        TrackKind::kVideo, stream::AtMs(static_cast<std::uint32_t>((t - lost) * 1000)), Time(t));
    live += placed.live ? 1 : 0;
    if (placed.live) ASSERT_LT(Time(t) - placed.time, 2.6s);
  }
  EXPECT_GT(live, 2850);
  EXPECT_EQ(timeline.counters().shifts, 1U);
  EXPECT_EQ(timeline.counters().rebases, 0U);
}

TEST(LiveEdgeTest, GivesALineOfRegularDelaysMoreRoom) {
  // Every three seconds the line holds everything back for half a second.
  const Outcome run = Simulate({.delay = [](double sent) {
    const double into = std::fmod(sent, 3.0);
    return into < 0.5 ? 0.5 - into : 0.0;
  }});
  ExpectOrder(run);
  ExpectSteady(run, 10, 1e9, 0.55);
  EXPECT_LT(run.counters.late, 40U);
  EXPECT_EQ(run.counters.rebases, 0U);
}

TEST(LiveEdgeTest, SurvivesAnyMixOfEvents) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed);
    const auto uniform = [&random](double from, double to) {
      return std::uniform_real_distribution<double>(from, to)(random);
    };
    const double stall_at = uniform(5, 15);
    const double stall_for = uniform(0.1, 12);
    const double pause_at = uniform(40, 45);
    const double pause_for = uniform(0, 8);
    const auto stall = Stall(stall_at, stall_at + stall_for, uniform(2.5, 50));
    const double jitter = uniform(0, 0.1);
    const Outcome run =
        Simulate({.length = 80,
                  .clock = uniform(0.9995, 1.0005),
                  .sent = [=](double t) { return t < pause_at ? t : t + pause_for; },
                  .delay = [=](double sent) { return stall(sent) + Jitter(sent, jitter); }});
    ExpectOrder(run);
    ExpectAvSync(run, 0);
    ExpectSteady(run, 1, stall_at);
    ExpectSteady(run, stall_at + stall_for + 10, pause_at);
    ExpectSteady(run, pause_at + pause_for + 10);
    EXPECT_LT(Silence(run, TrackKind::kAudio, stall_at + stall_for, pause_at), 4);
    EXPECT_LT(Silence(run, TrackKind::kAudio, pause_at + pause_for), 0.6);
  }
}

TEST(LiveEdgeTest, DoesNotGoBackWhenATrackReturnsFromTimesByArrival) {
  LiveEdge edge;
  edge.PassBy(TrackKind::kVideo, 100ms);
  const Placed little = edge.Place(TrackKind::kVideo, 96ms, 96ms).placed;
  EXPECT_TRUE(little.live);
  EXPECT_GT(little.time, 100ms) << "jitter is evened out";

  LiveEdge other;
  other.PassBy(TrackKind::kVideo, 400ms);
  EXPECT_FALSE(other.Place(TrackKind::kVideo, 96ms, 96ms).placed.live) << "more is left out";
}

TEST(LiveEdgeTest, KnowsHowFarAnInputIsBehindItsBest) {
  EXPECT_LT(Simulate({}).behind, 0.05);
  EXPECT_LT(Simulate({.audio_lag = 0.8}).behind, 0.05) << "that is skew";
  EXPECT_LT(Simulate({.clock = 0.9995}).behind, 0.05) << "that is drift";
  const auto thin = [](double t) { return t / 0.5; };
  EXPECT_NEAR(Simulate({.length = 20, .sent = thin}).behind, 20, 1) << "followed or not";
  const auto stall = [](double sent) { return std::max(0.0, std::min(13 - sent, 8.0)); };
  EXPECT_LT(Simulate({.length = 30, .delay = stall}).behind, 0.05) << "it has caught up";
}

}  // namespace
}  // namespace ingress
