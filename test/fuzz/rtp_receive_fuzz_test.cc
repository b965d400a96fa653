#include <chrono>
#include <variant>

#include "base/byte_reader.h"
#include "rtp/rtcp.h"
#include "rtp_receive/depacketizer.h"
#include "rtp_receive/receiver.h"

namespace {

using namespace ingress;

rtp_receive::ReceiverConfig Config(VideoCodec codec, bool simulcast) {
  rtp_receive::ReceiverConfig config{
      .tracks =
          {{.kind = TrackKind::kAudio,
            .mid = "0",
            .formats = {{.payload_type = 111, .codec = AudioCodec::kOpus, .clock_rate = 48'000}},
            .feedback = {.nack = true}},
           {.kind = TrackKind::kVideo,
            .mid = "1",
            .formats = {{.payload_type = 96, .codec = codec, .rtx_payload_type = 97}},
            .feedback = {.nack = true, .pli = true, .transport_cc = true, .remb = true}}},
      .extensions = {.mid = 1, .rid = 2, .repaired_rid = 3, .transport_seq = 4},
      .reference_times = true,
      .cname = "c"};
  if (simulcast) config.tracks[1].rids = {"q", "f"};
  return config;
}

/// What leaves makes sense, whatever came in.
void Check(const rtp_receive::Receiver::Output& output) {
  for (const Bytes& datagram : output.rtcp) {
    if (!rtp::ParseRtcp(datagram)) __builtin_trap();
  }
  for (const stream::Unit& unit : output.units) {
    const auto* video = std::get_if<stream::VideoUnit>(&unit);
    if (video == nullptr || video->kind != stream::VideoUnit::Kind::kFrame) continue;
    if (video->payload.size() > rtp_receive::kMaxReceivedFrame + (std::size_t{1} << 20)) {
      __builtin_trap();
    }
  }
}

}  // namespace

// A sender that sends whatever it likes: the first byte says the codec, then datagrams follow, each
// behind two bytes: how much later it comes, and its size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr TimePoint kStart{std::chrono::hours(1)};
  constexpr VideoCodec kCodecs[] = {VideoCodec::kH264, VideoCodec::kVp8, VideoCodec::kVp9,
                                    VideoCodec::kAv1, VideoCodec::kHevc};
  ByteReader reader(ByteView(data, size));
  const std::uint8_t first = reader.ReadU8();
  rtp_receive::Receiver receiver(Config(kCodecs[first % 5], (first & 0x80) != 0), kStart);
  TimePoint now = kStart;
  while (reader.remaining() >= 2) {
    now += std::chrono::milliseconds(reader.ReadU8());
    const ByteView datagram =
        reader.ReadBytes(std::min<std::size_t>(reader.ReadU8(), reader.remaining()));
    rtp::IsRtcp(datagram) ? receiver.OnRtcp(datagram, now) : receiver.OnRtp(datagram, now);
    Check(receiver.Poll(now));
    receiver.RequestKeyFrame();
    // What falls due is done by then, or the deadline moves on.
    for (int i = 0; i < 4 && receiver.deadline() <= now; ++i) Check(receiver.Poll(now));
    if (receiver.deadline() <= now) __builtin_trap();
  }
  for (int i = 0; i < 20 && receiver.deadline() < now + std::chrono::seconds(5); ++i) {
    now = receiver.deadline();
    Check(receiver.Poll(now));
  }
  static_cast<void>(receiver.stats());
  return 0;
}
