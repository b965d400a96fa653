// A sender that sends whatever it likes: what leaves the receiver makes sense all the same, and
// nothing grows without a bound.
#include <gtest/gtest.h>

#include <random>
#include <variant>

#include "rtp/rtcp.h"
#include "rtp_receive/depacketizer.h"
#include "rtp_receive/receiver.h"

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

class HostileSender {
 public:
  HostileSender(VideoCodec codec, bool simulcast, unsigned seed)
      : random_(seed), receiver_(Config(codec, simulcast, seed % 2 == 0), kStart) {}

  void Run(int packets) {
    for (int i = 0; i < packets; ++i) {
      now_ += std::chrono::microseconds(Below(Below(200) == 0 ? 800'000 : 9'000));
      const Bytes datagram = Below(12) == 0 ? Rtcp() : Rtp();
      rtp::IsRtcp(datagram) ? receiver_.OnRtcp(datagram, now_) : receiver_.OnRtp(datagram, now_);
      if (Below(50) == 0) receiver_.RequestKeyFrame(Below(3));
      if (Below(3) != 0) Poll();
    }
    for (int i = 0; i < 100; ++i) {
      now_ = std::max(now_, std::min(receiver_.deadline(), now_ + 100ms));
      Poll();
    }
  }

  std::size_t units() const { return units_; }

 private:
  static ReceiverConfig Config(VideoCodec codec, bool simulcast, bool layers) {
    ReceiverConfig config{
        .tracks =
            {{.kind = TrackKind::kAudio,
              .mid = "0",
              .formats = {{.payload_type = 111, .codec = AudioCodec::kOpus, .clock_rate = 48'000}},
              .feedback = {.nack = true}},
             {.kind = TrackKind::kVideo,
              .mid = "1",
              .formats = {{.payload_type = 96, .codec = codec, .rtx_payload_type = 97}},
              .feedback = {.nack = true, .pli = true, .transport_cc = true}}},
        .extensions = {.mid = 1, .rid = 2, .repaired_rid = 3, .transport_seq = 4},
        .reference_times = true,
        .cname = "c"};
    if (simulcast) config.tracks[1].rids = {"q", "f"};
    config.all_layers = layers;
    return config;
  }

  unsigned Below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Below(256)); }

  /// Mostly in order, with headers that are mostly right; payloads are anything, and often begin as
  /// one of the codec's own does.
  Bytes Rtp() {
    constexpr std::uint8_t kTypes[] = {96, 96, 96, 96, 97, 111, 63};
    constexpr std::uint8_t kHeads[] = {0x65, 0x41, 0x7c, 0x78, 0x67, 0x06, 0x10, 0x90,
                                       0x26, 0x62, 0x60, 0x8c, 0xac, 0x18, 0xd8, 0x00};
    const std::uint8_t type = kTypes[Below(7)];
    const auto ssrc = static_cast<std::uint8_t>(type - Below(30) / 29);
    if (Below(20) == 0) sequence_ = static_cast<std::uint16_t>(sequence_ + Below(20));
    if (Below(2'000) == 0) sequence_ = static_cast<std::uint16_t>(random_());
    if (Below(4) == 0) timestamp_ += 3'000;
    if (Below(1'000) == 0) timestamp_ = static_cast<std::uint32_t>(random_());
    const auto sequence =
        static_cast<std::uint16_t>(++sequence_ - (Below(10) == 0 ? Below(40) : 0));
    Bytes packet = {0x90, static_cast<std::uint8_t>(type | (Below(3) == 0 ? 0x80 : 0)),
                    static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence)};
    for (int shift = 24; shift >= 0; shift -= 8) {
      packet.push_back(static_cast<std::uint8_t>(timestamp_ >> shift));
    }
    packet.insert(packet.end(), {0, 0, 0, ssrc, 0xbe, 0xde, 0, 2});
    packet.insert(packet.end(),
                  {0x41, Byte(), Byte(), 0x10, type == 111 ? Byte() : std::uint8_t{'1'}, 0x20,
                   Below(2) == 0 ? std::uint8_t{'q'} : std::uint8_t{'f'}, 0});
    if (Below(10) != 0) packet.push_back(kHeads[Below(16)]);
    const std::size_t size = packet.size() + Below(Below(20) == 0 ? 1'200 : 30);
    while (packet.size() < size) packet.push_back(Byte());
    if (Below(40) == 0) packet[Below(static_cast<unsigned>(packet.size()))] = Byte();
    if (Below(200) == 0) packet.resize(Below(20));
    return packet;
  }

  Bytes Rtcp() {
    constexpr std::uint8_t kTypes[] = {200, 200, 201, 203, 205, 206, 207};
    Bytes datagram = {static_cast<std::uint8_t>(0x80 | Below(4)), kTypes[Below(7)], 0,
                      static_cast<std::uint8_t>(Below(2) == 0 ? 6 : Below(20))};
    datagram.resize(4 + std::size_t{4} * datagram[3]);
    for (std::size_t i = 4; i < datagram.size(); ++i) datagram[i] = Byte();
    if (datagram.size() >= 8 && Below(4) != 0) {
      datagram[4] = datagram[5] = datagram[6] = 0;
      datagram[7] = Below(2) == 0 ? 96 : 111;
    }
    return datagram;
  }

  void Poll() {
    const Receiver::Output output = receiver_.Poll(now_);
    for (const Bytes& datagram : output.rtcp) {
      ASSERT_TRUE(rtp::ParseRtcp(datagram).has_value());
      ASSERT_LE(datagram.size(), 1'500U);
    }
    units_ += output.units.size();
    for (const stream::Unit& unit : output.units) {
      const auto* video = std::get_if<stream::VideoUnit>(&unit);
      if (video != nullptr) ASSERT_LE(video->payload.size(), kMaxReceivedFrame * 2);
    }
    for (int i = 0; i < 4 && receiver_.deadline() <= now_; ++i) {
      static_cast<void>(receiver_.Poll(now_));
    }
    ASSERT_GT(receiver_.deadline(), now_);
    ASSERT_LE(receiver_.stats().streams.size(), 3U);
  }

  std::mt19937 random_;
  Receiver receiver_;
  TimePoint now_ = kStart;
  std::uint16_t sequence_ = 65'000;
  std::uint32_t timestamp_ = 0xffff0000;
  std::size_t units_ = 0;
};

class ReceiverHostileTest : public ::testing::TestWithParam<VideoCodec> {};

TEST_P(ReceiverHostileTest, SurvivesWhatItIsSent) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    HostileSender sender(GetParam(), seed % 3 == 0, seed);
    sender.Run(5'000);
    EXPECT_GT(sender.units(), 100U);
    if (HasFatalFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, ReceiverHostileTest,
                         ::testing::Values(VideoCodec::kH264, VideoCodec::kVp8, VideoCodec::kVp9,
                                           VideoCodec::kAv1, VideoCodec::kHevc));

}  // namespace
}  // namespace ingress::rtp_receive
