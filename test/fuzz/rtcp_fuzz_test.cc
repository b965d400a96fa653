#include "rtp/session.h"

namespace {

using namespace ingress;

class CheckingSink final : public rtp::PacketSink {
 public:
  void SendRtp(ByteView packet) override {
    if (!rtp::ParseRtpPacket(packet)) __builtin_trap();
  }
  void SendRtcp(ByteView packet) override {
    if (!rtp::ParseRtcp(packet)) __builtin_trap();
  }
  void Flush() override {}
};

}  // namespace

// Whatever the peer reports, the session only ever sends packets that parse.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr TimePoint kStart{std::chrono::hours(1)};
  const ByteView datagram(data, size);
  const auto messages = rtp::ParseRtcp(datagram);
  if (messages && messages->size() > rtp::kMaxRtcpMessages) __builtin_trap();

  rtp::RtpSession session({.clock = {.steady_origin = kStart, .wall_origin = {}}, .cname = "c"});
  // SSRC 1: small numbers are what a fuzzer finds.
  rtp::RtpSender& sender = session.AddSender({.format = rtp::PayloadFormat::kVp8,
                                              .ssrc = 1,
                                              .payload_type = 96,
                                              .clock_rate = 90'000,
                                              .rtx_ssrc = 2,
                                              .rtx_payload_type = 97,
                                              .extensions = {.mid = 1, .transport_seq = 5},
                                              .mid = "0",
                                              .first_sequence = 0});
  CheckingSink sink;
  if (!sender.Send({.payload = Bytes(3000, 0x10)}, kStart)) __builtin_trap();
  session.Poll(kStart, sink);
  const auto events = session.ReceiveRtcp(datagram, kStart + std::chrono::milliseconds(50));
  if (events.has_value() != messages.has_value()) __builtin_trap();
  if (events && events->key_frame_requests.size() > 1) __builtin_trap();
  session.Poll(kStart + std::chrono::seconds(1), sink);
  return 0;
}
