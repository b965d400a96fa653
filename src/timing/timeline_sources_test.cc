// What encoders really send, as far as times go: each kind of source in given time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "stream/testing/timestamps.h"
#include "timing/timeline.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;
using enum TrackKind;

constexpr double kAudioStep = 1024.0 / 48'000;

SessionTime Time(double seconds) {
  return std::chrono::duration_cast<SessionTime>(Seconds(seconds));
}

/// A simulated encoder and line. Times in seconds.
struct Source {
  double length = 20;
  double frame_rate = 30;  // of video; 0: none
  bool audio = true;
  bool durations = true;  // audio frames tell how long they play
  double jitter = 0.02;   // of arrivals, at most
  /// Bunches of audio are sent together: so many frames.
  int bunch = 1;
  /// When what was captured at `t` is sent.
  std::function<double(double t)> sent = [](double t) { return t; };
  /// What the line adds; nothing overtakes.
  std::function<double(double sent)> delay = [](double) { return 0.0; };
  /// Timestamps in milliseconds of what was captured at `t`.
  std::function<double(double t)> audio_timestamp = [](double t) { return t * 1000; };
  std::function<double(double t)> video_timestamp = [](double t) { return t * 1000; };
  /// Whether the encoder sends audio of `t` at all.
  std::function<bool(double t)> heard = [](double) { return true; };
};

struct Message {
  TrackKind kind = kVideo;
  double captured = 0;
  double arrival = 0;
  Placed placed{};
  bool by_arrival = false;
  std::optional<double> pace{};
};

struct Outcome {
  std::vector<Message> messages;
  Timeline timeline;
};

Outcome Simulate(const Source& source) {
  std::minstd_rand random(7);
  std::uniform_real_distribution<double> jitter(0, source.jitter);
  std::vector<Message> messages;
  const auto add = [&](TrackKind kind, double step) {
    for (int i = 0; i * step < source.length; ++i) {
      const double t = i * step;
      if (kind == kAudio && !source.heard(t)) continue;
      const int last = kind == kAudio ? i / source.bunch * source.bunch + source.bunch - 1 : i;
      const double sent = source.sent(last * step);
      messages.push_back({.kind = kind, .captured = t, .arrival = sent + source.delay(sent)});
    }
  };
  if (source.frame_rate > 0) add(kVideo, 1 / source.frame_rate);
  if (source.audio) add(kAudio, kAudioStep);
  const auto order = [](const Message& message) {
    return std::tuple(message.arrival, message.captured, message.kind);
  };
  std::ranges::sort(messages, {}, order);
  double newest = 0;
  for (Message& message : messages) {
    message.arrival += jitter(random);
    newest = message.arrival = std::max(newest, message.arrival);
  }
  Outcome run;
  for (Message& message : messages) {
    if (message.arrival > 0.5) run.timeline.Freeze();
    const bool audio = message.kind == kAudio;
    const double number =
        audio ? source.audio_timestamp(message.captured) : source.video_timestamp(message.captured);
    const auto timestamp =
        static_cast<std::uint32_t>(static_cast<std::int64_t>(std::llround(number)));
    message.placed = run.timeline.Map(message.kind, stream::AtMs(timestamp), Time(message.arrival),
                                      Time(audio && source.durations ? kAudioStep : 0));
    message.by_arrival = run.timeline.by_arrival(message.kind);
    message.pace = run.timeline.pace();
  }
  run.messages = std::move(messages);
  return run;
}

/// Every message of `kind` that arrives from `from` to `to` goes out, near its arrival, in order,
/// and as evenly as `most_step` says.
void ExpectWhole(const Outcome& run, TrackKind kind, double from, double to = 1e9,
                 double most_step = 0.1, double most_delay = 0.25) {
  double last = -1;
  int count = 0;
  int lost = 0;
  for (const Message& message : run.messages) {
    if (message.kind != kind || message.arrival < from || message.arrival >= to) continue;
    ++count;
    if (!message.placed.live) {
      ++lost;
      continue;
    }
    const double time = Seconds(message.placed.time).count();
    ASSERT_LT(std::abs(message.arrival - time), most_delay) << "at " << message.arrival;
    if (last >= 0) {
      ASSERT_GT(time, last) << "at " << message.arrival;
      ASSERT_LT(time - last, most_step) << "at " << message.arrival;
    }
    last = time;
  }
  EXPECT_GT(count, 0);
  EXPECT_EQ(lost, 0) << "of " << count;
}

/// What was captured together gets times that are no further apart.
void ExpectAvSync(const Outcome& run, double from, double most = 0.06) {
  double audio_offset = 0;
  bool heard = false;
  for (const Message& message : run.messages) {
    if (message.arrival < from || !message.placed.live) continue;
    const double offset = Seconds(message.placed.time).count() - message.captured;
    if (message.kind == kAudio) {
      audio_offset = offset;
      heard = true;
    } else if (heard) {
      ASSERT_LT(std::abs(offset - audio_offset), most) << "at " << message.arrival;
    }
  }
}

void ExpectNeverByArrival(const Outcome& run) {
  for (const Message& message : run.messages) {
    ASSERT_FALSE(message.by_arrival) << "at " << message.arrival;
  }
}

/// No pace other than real time is told for longer than what is left of an event.
void ExpectRealTime(const Outcome& run) {
  double off_since = -1;
  for (const Message& message : run.messages) {
    const bool off = message.pace && std::abs(*message.pace - 1) > 0.03;
    if (!off) off_since = -1;
    if (off && off_since < 0) off_since = message.arrival;
    if (off) ASSERT_LT(message.arrival - off_since, 2.5) << "at " << message.arrival;
  }
}

bool EverByArrival(const Outcome& run, TrackKind kind, double from, double to = 1e9) {
  return std::ranges::any_of(run.messages, [&](const Message& message) {
    return message.kind == kind && message.arrival >= from && message.arrival < to &&
           message.by_arrival;
  });
}

bool AlwaysByArrival(const Outcome& run, TrackKind kind, double from, double to = 1e9) {
  return std::ranges::all_of(run.messages, [&](const Message& message) {
    return message.kind != kind || message.arrival < from || message.arrival >= to ||
           message.by_arrival;
  });
}

// --- timestamps that do not follow time
// -----------------------------------------------------------

using Numbers = std::function<double(double)>;

std::vector<std::pair<std::string, Numbers>> WrongNumbers() {
  return {{"zero", [](double) { return 0.0; }},
          {"constant", [](double) { return 123'456.0; }},
          {"seconds", [](double t) { return std::floor(t); }},
          {"90 kHz", [](double t) { return t * 90'000; }},
          {"48 kHz", [](double t) { return t * 48'000; }},
          {"microseconds", [](double t) { return t * 1e6; }},
          {"nanoseconds", [](double t) { return t * 1e9; }},
          {"half speed", [](double t) { return t * 500; }},
          {"double speed", [](double t) { return t * 2'000; }},
          {"a quarter", [](double t) { return t * 250; }},
          {"ten times", [](double t) { return t * 10'000; }},
          {"backwards", [](double t) { return 4e9 - t * 1000; }},
          {"backwards through zero", [](double t) { return 3'000 - t * 1000; }}};
}

TEST(TimelineSourcesTest, WrongVideoTimestampsAreReplacedByArrival) {
  for (const auto& [name, numbers] : WrongNumbers()) {
    for (const double jitter : {0.005, 0.04}) {
      SCOPED_TRACE(name + ", jitter " + std::to_string(jitter));
      const Outcome run = Simulate({.jitter = jitter, .video_timestamp = numbers});
      EXPECT_TRUE(AlwaysByArrival(run, kVideo, 2.5));
      EXPECT_FALSE(EverByArrival(run, kAudio, 0));
      ExpectWhole(run, kVideo, 3);
      ExpectWhole(run, kAudio, 3);
      ExpectAvSync(run, 4);
    }
  }
}

TEST(TimelineSourcesTest, WrongAudioTimestampsAreReplacedByArrival) {
  for (const auto& [name, numbers] : WrongNumbers()) {
    SCOPED_TRACE(name);
    const Outcome run = Simulate({.audio_timestamp = numbers});
    EXPECT_TRUE(AlwaysByArrival(run, kAudio, 2.5));
    EXPECT_FALSE(EverByArrival(run, kVideo, 0));
    ExpectWhole(run, kVideo, 3);
    ExpectWhole(run, kAudio, 3, 1e9, 0.025);  // evenly
    ExpectAvSync(run, 4);
  }
}

TEST(TimelineSourcesTest, BothTracksMayBeWrong) {
  for (const auto& [name, numbers] : WrongNumbers()) {
    SCOPED_TRACE(name);
    const Outcome run = Simulate({.audio_timestamp = numbers, .video_timestamp = numbers});
    EXPECT_TRUE(AlwaysByArrival(run, kAudio, 2.5));
    EXPECT_TRUE(AlwaysByArrival(run, kVideo, 3.5));
    ExpectWhole(run, kVideo, 4);
    ExpectWhole(run, kAudio, 4, 1e9, 0.025);
    ExpectAvSync(run, 5);
  }
}

TEST(TimelineSourcesTest, VideoAloneIsHeldAgainstArrival) {
  for (const auto& [name, numbers] : WrongNumbers()) {
    if (name == "half speed") continue;  // as an encoder of half the speed
    SCOPED_TRACE(name);
    const Outcome run = Simulate({.audio = false, .video_timestamp = numbers});
    EXPECT_TRUE(AlwaysByArrival(run, kVideo, 2.5));
    ExpectWhole(run, kVideo, 3);
  }
}

TEST(TimelineSourcesTest, SlowTimestampsOfVideoAloneStillGiveAllFrames) {
  const Outcome run =
      Simulate({.audio = false, .video_timestamp = [](double t) { return t * 500; }});
  ExpectWhole(run, kVideo, 0, 1e9, 0.2, 0.9);
}

TEST(TimelineSourcesTest, RightTimestampsAreObeyedAgainWithoutAJump) {
  const auto wrong_until_8 = [](double t) { return t < 8 ? 0 : t * 1000; };
  const Outcome run = Simulate({.video_timestamp = wrong_until_8});
  EXPECT_TRUE(AlwaysByArrival(run, kVideo, 2.5, 8));
  EXPECT_FALSE(EverByArrival(run, kVideo, 12));
  ExpectWhole(run, kVideo, 3);
  ExpectWhole(run, kAudio, 3);
  ExpectAvSync(run, 4);
  ExpectAvSync(run, 14, 0.03);
}

TEST(TimelineSourcesTest, TimestampsThatTurnWrongCostOneSecond) {
  const auto wrong_from_8 = [](double t) { return t < 8 ? t * 1000 : 8'000; };
  const Outcome run = Simulate({.video_timestamp = wrong_from_8});
  EXPECT_FALSE(EverByArrival(run, kVideo, 0, 8));
  ExpectWhole(run, kVideo, 0, 8);
  ExpectWhole(run, kVideo, 9.7);
  ExpectWhole(run, kAudio, 0);
}

TEST(TimelineSourcesTest, TimestampsThatWaverDoNotMakeTheTrackWaver) {
  const auto wavering = [](double t) {
    return std::fmod(t, 12) < 5 ? t * 1000 : std::floor(t / 12) * 12'000;
  };
  const Outcome run = Simulate({.length = 240, .video_timestamp = wavering});
  int changes = 0;
  bool before = false;
  for (const Message& message : run.messages) {
    if (message.kind != kVideo) continue;
    changes += message.by_arrival != before;
    before = message.by_arrival;
  }
  EXPECT_LE(changes, 6);
}

TEST(TimelineSourcesTest, CompositionTimesComeInTheUnitOfTheTimestamps) {
  const Outcome run = Simulate({.video_timestamp = [](double t) { return t * 90'000; }});
  EXPECT_EQ(run.timeline.CompositionTime(kVideo, 6s), SessionTime(66'666'667));
  EXPECT_EQ(run.timeline.CompositionTime(kAudio, 6s), 6s);
}

// --- what is no fault of the timestamps
// ------------------------------------------------------------

/// A line of 4G: jitter all the time, and each `every` seconds it holds back for `hold`.
std::function<double(double)> Holding(double every, double hold) {
  return [=](double sent) {
    const double into = std::fmod(sent, every);
    return into < hold ? hold - into : 0.0;
  };
}

/// Dead from `from` to `to`, then `speed` times as fast as the media.
std::function<double(double)> Stall(double from, double to, double speed) {
  return [=](double sent) {
    return sent < from ? 0.0 : std::max(0.0, to + (sent - from) / speed - sent);
  };
}

std::vector<std::pair<std::string, Source>> GoodSources() {
  return {
      {"jitter", {.jitter = 0.1}},
      {"4G", {.length = 60, .jitter = 0.06, .delay = Holding(1.3, 0.2)}},
      {"4G that holds", {.length = 60, .jitter = 0.06, .delay = Holding(3, 0.6)}},
      {"4G that holds long", {.length = 60, .jitter = 0.06, .delay = Holding(7, 2)}},
      {"stall and burst", {.length = 40, .delay = Stall(10, 15, 1e6)}},
      {"stall and fast", {.length = 40, .delay = Stall(10, 15, 3)}},
      {"stall and slow catch-up", {.length = 60, .delay = Stall(10, 15, 1.2)}},
      {"video alone, stall and fast", {.length = 40, .audio = false, .delay = Stall(10, 15, 3)}},
      {"pause", {.length = 40, .sent = [](double t) { return t < 10 ? t : t + 4; }}},
      {"video alone, pause",
       {.length = 40, .audio = false, .sent = [](double t) { return t < 10 ? t : t + 4; }}},
      {"backlog", {.length = 40, .sent = [](double t) { return std::max(0.0, t - 10); }}},
      {"backlog that lasts",
       {.length = 40, .sent = [](double t) { return t < 10 ? t / 5 : t - 8; }}},
      {"video alone, backlog that lasts",
       {.length = 40, .audio = false, .sent = [](double t) { return t < 10 ? t / 5 : t - 8; }}},
      {"fast clock",
       {.length = 120,
        .audio_timestamp = [](double t) { return t * 1000.2; },
        .video_timestamp = [](double t) { return t * 1000.2; }}},
      {"slow clock",
       {.length = 120,
        .audio_timestamp = [](double t) { return t * 999.8; },
        .video_timestamp = [](double t) { return t * 999.8; }}},
      {"screen of 5 fps", {.length = 60, .frame_rate = 5, .jitter = 0.05}},
      {"screen of 5 fps alone", {.length = 60, .frame_rate = 5, .audio = false, .jitter = 0.05}},
      {"a frame per 10 s", {.length = 120, .frame_rate = 0.1}},
      {"a frame per 10 s alone", {.length = 120, .frame_rate = 0.1, .audio = false}},
      {"60 fps", {.frame_rate = 60}},
      {"60 fps alone", {.frame_rate = 60, .audio = false}},
      {"120 fps alone", {.frame_rate = 120, .audio = false}},
      {"audio alone", {.frame_rate = 0}},
      {"audio alone, lengths unknown", {.frame_rate = 0, .durations = false}},
      {"bunched audio", {.bunch = 10}},
      {"audio bunched by half a second", {.bunch = 23}},
      {"bunches of one timestamp",
       {.bunch = 10,
        .audio_timestamp =
            [](double t) { return std::floor(t / kAudioStep / 10) * 10 * kAudioStep * 1000; }}},
      {"audio with gaps", {.length = 60, .heard = [](double t) { return std::fmod(t, 5) < 2; }}},
      {"audio with gaps on 4G",
       {.length = 60,
        .jitter = 0.06,
        .delay = Holding(3, 0.6),
        .heard = [](double t) { return std::fmod(t, 5) < 2; }}},
      {"sparse audio", {.length = 60, .heard = [](double t) { return std::fmod(t, 0.4) < 0.03; }}},
      {"jumps of both",
       {.length = 40,
        .audio_timestamp = [](double t) { return t * 1000 + (t < 15 ? 0 : 17e6 + 700); },
        .video_timestamp = [](double t) { return t * 1000 + (t < 15 ? 0 : 17e6); }}},
      {"numbers begin anew",
       {.length = 40,
        .audio_timestamp = [](double t) { return std::fmod(t, 15) * 1000; },
        .video_timestamp = [](double t) { return std::fmod(t, 15) * 1000; }}},
      {"wrap",
       {.audio_timestamp = [](double t) { return 4'294'960'000 + t * 1000; },
        .video_timestamp = [](double t) { return 4'294'960'000 + t * 1000; }}},
      {"thin line", {.length = 30, .sent = [](double t) { return t / 0.23; }}},
      {"file", {.length = 200, .sent = [](double t) { return t / 20; }}},
      {"file alone", {.length = 200, .audio = false, .sent = [](double t) { return t / 20; }}},
  };
}

TEST(TimelineSourcesTest, GoodTimestampsAreObeyed) {
  for (const auto& [name, source] : GoodSources()) {
    SCOPED_TRACE(name);
    ExpectNeverByArrival(Simulate(source));
  }
}

TEST(TimelineSourcesTest, LinesAreNoPace) {
  for (const auto& [name, source] : GoodSources()) {
    if (name == "thin line" || name.starts_with("file")) continue;
    SCOPED_TRACE(name);
    ExpectRealTime(Simulate(source));
  }
}

// --- encoders of another pace
// ----------------------------------------------------------------------

TEST(TimelineSourcesTest, ASlowEncoderIsFollowedWithoutLoss) {
  for (const double pace : {0.5, 0.6, 0.75, 0.85, 0.9, 0.95, 0.98}) {
    for (const double jitter : {0.005, 0.04}) {
      SCOPED_TRACE(std::to_string(pace) + ", jitter " + std::to_string(jitter));
      const Outcome run =
          Simulate({.length = 30, .jitter = jitter, .sent = [pace](double t) { return t / pace; }});
      ExpectNeverByArrival(run);
      ExpectWhole(run, kVideo, 0, 1e9, 0.25, 0.9);
      ExpectWhole(run, kAudio, 0, 1e9, 0.25, 0.9);
      ExpectWhole(run, kVideo, 6);
      ExpectAvSync(run, 0);
      ASSERT_TRUE(run.timeline.pace());
      EXPECT_NEAR(*run.timeline.pace(), pace, 0.02);
    }
  }
}

TEST(TimelineSourcesTest, ASlowEncoderWithOneTrackIsFollowed) {
  for (const bool audio : {false, true}) {
    const Outcome run = Simulate(
        {.length = 30, .frame_rate = audio ? 0.0 : 30.0, .audio = audio, .sent = [](double t) {
           return t / 0.8;
         }});
    ExpectWhole(run, audio ? kAudio : kVideo, 0, 1e9, 0.2, 0.5);
    ASSERT_TRUE(run.timeline.pace());
    EXPECT_NEAR(*run.timeline.pace(), 0.8, 0.02);
  }
}

TEST(TimelineSourcesTest, APaceThatChangesIsFollowed) {
  // 10 s at real time, 10 s of media at 0.8, at 0.6, at 0.9, then real time.
  const auto sent = [](double t) {
    double at = 0;
    for (const auto& [until, pace] :
         {std::pair{10.0, 1.0}, {20.0, 0.8}, {30.0, 0.6}, {40.0, 0.9}, {1e9, 1.0}}) {
      static_cast<void>(until);
      const double part = std::min(t, until) - std::min(t, until - 10);
      at += (until > 1e8 ? std::max(0.0, t - 40) : part) / pace;
    }
    return at;
  };
  const Outcome run = Simulate({.length = 60, .sent = sent});
  ExpectWhole(run, kVideo, 0, 1e9, 0.25, 0.9);
  ExpectWhole(run, kAudio, 0, 1e9, 0.25, 0.9);
  ExpectAvSync(run, 0);
  EXPECT_NEAR(run.timeline.pace().value_or(0), 1, 0.01);
}

TEST(TimelineSourcesTest, ALittleTooFastIsFollowedWithoutLoss) {
  for (const double pace : {1.02, 1.05, 1.1, 1.2, 1.3}) {
    SCOPED_TRACE(pace);
    const Outcome run = Simulate({.length = 30, .sent = [pace](double t) { return t / pace; }});
    ExpectNeverByArrival(run);
    ExpectWhole(run, kVideo, 3, 1e9, 0.1, 0.3);
    ExpectWhole(run, kAudio, 3, 1e9, 0.1, 0.3);
    ExpectAvSync(run, 0);
    EXPECT_NEAR(run.timeline.pace().value_or(0), pace, 0.02);
  }
}

TEST(TimelineSourcesTest, AFileAtFullSpeedIsPulledAndItsPaceTold) {
  for (const double pace : {1.6, 3.0, 20.0}) {
    SCOPED_TRACE(pace);
    const Outcome run =
        Simulate({.length = 10 * pace, .sent = [pace](double t) { return t / pace; }});
    EXPECT_NEAR(run.timeline.pace().value_or(0), pace, pace * 0.1);
    EXPECT_LT(std::abs(Seconds(run.timeline.lateness()).count()), 0.3);
  }
}

TEST(TimelineSourcesTest, AThinLineIsNotFollowedButItsPaceTold) {
  const Outcome run = Simulate({.length = 10, .sent = [](double t) { return t / 0.23; }});
  EXPECT_NEAR(run.timeline.pace().value_or(0), 0.23, 0.03);
  EXPECT_GT(run.timeline.counters().late, 100U);
}

}  // namespace
}  // namespace ingress
