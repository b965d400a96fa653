#include "handler/input_watch.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ingress::handler {
namespace {

constexpr double kStandstill = 0.05;  // seconds per second

void Tell(Warnings& warnings, WarningCode code, const std::optional<std::string>& detail,
          TimePoint now) {
  if (detail) {
    warnings.Raise(code, *detail, now);
  } else {
    warnings.Clear(code, now);
  }
}

/// "the video timestamps advance 90 s per second".
std::string Describe(std::string_view track, double rate) {
  const std::string timestamps = "the " + std::string(track) + " timestamps ";
  if (std::abs(rate) < kStandstill) return timestamps + "stand still";
  if (rate < 0) return timestamps + "run backwards";
  const long tenths = std::lround(rate * 10);
  const std::string fraction = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
  return timestamps + "advance " + std::to_string(tenths / 10) + fraction + " s per second";
}

}  // namespace

void InputWatch::OnMessage(TrackKind kind, std::size_t bytes, bool live) {
  Track& track = Of(kind);
  ++track.messages;
  track.bytes += bytes;
  if (!live) ++track.late;
}

void InputWatch::Poll(const Timeline& timeline, std::uint64_t damaged_video, Warnings& warnings,
                      TimePoint now) {
  for (Track& track : tracks_) {
    if (std::exchange(track.heard, track.messages) != track.messages) track.heard_at = now;
  }
  WatchTimestamps(timeline, warnings, now);
  WatchPace(timeline, warnings, now);
  WatchDrops(TrackKind::kVideo, damaged_video, warnings, now);
  WatchDrops(TrackKind::kAudio, 0, warnings, now);
}

void InputWatch::WatchTimestamps(const Timeline& timeline, Warnings& warnings, TimePoint now) {
  std::optional<std::string> wrong;
  for (const auto& [kind, name] :
       {std::pair{TrackKind::kVideo, "video"}, {TrackKind::kAudio, "audio"}}) {
    if (!timeline.by_arrival(kind) || now - Of(kind).heard_at >= kLongestPause) continue;
    wrong = (wrong ? *wrong + ", " : "") + Describe(name, timeline.timestamp_rate(kind));
  }
  Tell(warnings, WarningCode::kTimestampsWrong, wrong, now);
}

void InputWatch::WatchPace(const Timeline& timeline, Warnings& warnings, TimePoint now) {
  using enum PaceMonitor::Verdict;
  PaceMonitor::Input input{.pace = timeline.pace(), .media = timeline.media_passed()};
  for (const Track& track : tracks_) {
    input.bytes += track.bytes;
    input.messages += track.messages;
    input.late += track.late;
  }
  pace_.Poll(input, now);
  for (const auto& [verdict, code] : {std::pair{kEncoderSlow, WarningCode::kEncoderSlow},
                                      {kEncoderFast, WarningCode::kEncoderFast},
                                      {kUploadTooSlow, WarningCode::kUploadTooSlow}}) {
    Tell(warnings, code, pace_.verdict() == verdict ? std::optional(pace_.Detail()) : std::nullopt,
         now);
  }
}

void InputWatch::WatchDrops(TrackKind kind, std::uint64_t damaged, Warnings& warnings,
                            TimePoint now) {
  Track& track = Of(kind);
  track.drops.Poll({.messages = track.messages, .late = track.late, .damaged = damaged}, now);
  std::optional<std::string> loss = track.drops.Loss();
  // The pace is the cause, and has its own remedy, though it takes longer to be sure of it.
  if (pace_.suspicious() && track.drops.late()) loss.reset();
  Tell(warnings,
       kind == TrackKind::kVideo ? WarningCode::kVideoDropped : WarningCode::kAudioDropped, loss,
       now);
}

}  // namespace ingress::handler
