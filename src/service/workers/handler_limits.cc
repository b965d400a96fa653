#include "service/workers/handler_limits.h"

#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace ingress::service {
namespace {

using Violation = std::optional<std::string>;
using Limits = HandlerLimits;

Violation CheckCount(std::string_view what, int count, int limit) {
  if (count <= limit) return std::nullopt;
  return std::to_string(count) + " " + std::string(what) + ", limit " + std::to_string(limit);
}

Violation CheckSize(std::string_view what, std::size_t size, std::size_t limit) {
  if (size <= limit) return std::nullopt;
  return std::string(what) + " of " + std::to_string(size) + " bytes, limit " +
         std::to_string(limit);
}

// NaN compares false.
Violation CheckRange(std::string_view what, double value, double least, double most) {
  if (value >= least && value <= most) return std::nullopt;
  return std::string(what) + " of " + std::to_string(value);
}

Violation FirstOf(std::initializer_list<Violation> violations) {
  for (const Violation& violation : violations) {
    if (violation) return violation;
  }
  return std::nullopt;
}

Violation CheckTexts(const ipc::State& state) {
  for (const ::livekit::TrackInfo& track : state.tracks()) {
    if (auto found = CheckSize("a track", track.ByteSizeLong(), Limits::kTrack)) return found;
  }
  for (const ipc::Warning& warning : state.warnings()) {
    if (auto found = CheckSize("a warning's cause", warning.cause().size(), Limits::kText)) {
      return found;
    }
    if (auto found = CheckSize("a warning's remedy", warning.remedy().size(), Limits::kText)) {
      return found;
    }
  }
  return FirstOf(
      {CheckSize("a room's id", state.room_id().size(), Limits::kText),
       CheckSize("a route's reason", state.route_reason().size(), Limits::kText),
       CheckSize("a description of video", state.video().ByteSizeLong(), Limits::kText),
       CheckSize("a description of audio", state.audio().ByteSizeLong(), Limits::kText)});
}

Violation Check(const ipc::State& state) {
  if (auto found = FirstOf({CheckCount("tracks", state.tracks_size(), Limits::kTracks),
                            CheckCount("layers", state.layers_size(), Limits::kLayers),
                            CheckCount("warnings", state.warnings_size(), Limits::kWarnings)})) {
    return found;
  }
  if (auto found = CheckTexts(state)) return found;
  return CheckRange("a framerate", state.video().framerate(), 0, Limits::kFramerate);
}

Violation Check(const ipc::Counters& counters) {
  if (auto found = CheckCount("senders", counters.senders_size(), Limits::kSenders)) return found;
  const ipc::Reception& reception = counters.reception();
  const std::array<std::pair<std::string_view, double>, 7> times = {
      {{"a delay", counters.delay_ms()},
       {"a delay of alignment", counters.alignment_delay_ms()},
       {"an A/V skew", counters.av_skew_ms()},
       {"a lateness of the input", counters.input_behind_ms()},
       {"a jitter", reception.jitter_ms()},
       {"a time of repair", reception.repair_ms()},
       {"a round trip", reception.round_trip_ms()}}};
  for (const auto& [what, milliseconds] : times) {
    if (auto found = CheckRange(what, milliseconds, -Limits::kMilliseconds, Limits::kMilliseconds))
      return found;
  }
  return std::nullopt;
}

Violation Check(const ipc::Heartbeat& heartbeat) {
  if (heartbeat.resident_bytes() > Limits::kMemory) {
    return "memory of " + std::to_string(heartbeat.resident_bytes()) + " bytes";
  }
  return CheckRange("processor time", heartbeat.cpu_seconds(), 0, Limits::kCpuSeconds);
}

}  // namespace

Violation FindViolation(const ipc::FromHandler& message) {
  switch (message.message_case()) {
    case ipc::FromHandler::kHeartbeat:
      return Check(message.heartbeat());
    case ipc::FromHandler::kState:
      return Check(message.state());
    case ipc::FromHandler::kCounters:
      return Check(message.counters());
    case ipc::FromHandler::kInput:
      return CheckSize("a message of the input", message.input().body().size(), Limits::kInput);
    case ipc::FromHandler::kHello:
    case ipc::FromHandler::kSetBatchInterval:
    case ipc::FromHandler::kFinished:
    case ipc::FromHandler::kDump:
    case ipc::FromHandler::MESSAGE_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace ingress::service
