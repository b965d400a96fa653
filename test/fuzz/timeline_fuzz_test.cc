#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "relay_client/flv_unit.h"
#include "timing/timeline.h"

namespace {

using namespace ingress;

// Where the byte that begins a message says so, the timestamp is any number; else a step.
constexpr std::uint8_t kVideo = 1;
constexpr std::uint8_t kAnyTimestamp = 2;
constexpr std::uint8_t kFreeze = 4;
constexpr std::uint8_t kAllow = 8;
constexpr std::uint8_t kPause = 16;
constexpr std::uint8_t kMpegTs = 32;  // the clock is MPEG-TS's, not FLV's

/// Times leave the process in order: a receiver takes one that steps back for a jump of hours.
class Track {
 public:
  void OnPlaced(const Placed& placed) {
    if (!placed.live) return;
    if (placed.time < last_) __builtin_trap();
    last_ = placed.time;
  }

 private:
  SessionTime last_ = SessionTime::min();
};

}  // namespace

// An encoder's timestamps, whose numbers may be anything, and when they came, which may not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(ByteView(data, size));
  Timeline timeline;
  std::array<Track, 2> tracks;
  std::uint32_t timestamp = 0;
  SessionTime arrival{};
  while (reader.ok() && reader.remaining() >= 4) {
    const std::uint8_t flags = reader.ReadU8();
    arrival += std::chrono::milliseconds(reader.ReadU8()) * ((flags & kPause) != 0 ? 100 : 1);
    if ((flags & kAnyTimestamp) != 0) {
      timestamp = reader.ReadU32();
    } else {
      timestamp += reader.ReadU8();
    }
    const std::chrono::milliseconds duration(reader.ReadU8());
    if ((flags & kFreeze) != 0) timeline.Freeze();
    if ((flags & kAllow) != 0) timeline.Allow(duration * 10);
    const TrackKind kind = (flags & kVideo) != 0 ? TrackKind::kVideo : TrackKind::kAudio;
    const stream::Timestamp dts = (flags & kMpegTs) != 0
                                      ? stream::Timestamp{timestamp, {.rate = 90'000, .bits = 33}}
                                      : stream::Timestamp{timestamp, relay_client::kFlvClock};
    const Placed placed = timeline.Map(kind, dts, arrival, duration);
    tracks.at(static_cast<std::size_t>(kind)).OnPlaced(placed);
    (void)timeline.CompositionTime(kind, std::chrono::milliseconds(timestamp));
  }
  return 0;
}
