#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <set>

#include "base/byte_writer.h"
#include "rtc/peer_connection.h"
#include "rtp/packet.h"
#include "support/sfu_peer.h"
#include "support/sfu_run_until.h"

namespace ingress::rtc {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kFrame = std::chrono::milliseconds(33);

/// An IDR with parameter sets, `size` bytes of it in the slice.
EncodedFrame KeyFrame(SessionTime pts, std::size_t size) {
  EncodedFrame frame;
  frame.payload = {0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65};
  frame.payload.resize(frame.payload.size() + size, 0xab);
  frame.pts = pts;
  frame.key_frame = true;
  return frame;
}

std::uint32_t Sequence(const Bytes& packet) { return packet[2] << 8 | packet[3]; }

/// RTPFB or PSFB without FCI (RFC 4585 §6.1).
Bytes Feedback(std::uint8_t format, std::uint8_t type, std::uint32_t ssrc, Bytes fci = {}) {
  Bytes out;
  ByteWriter writer(out);
  writer.WriteU8(static_cast<std::uint8_t>(0x80 | format));
  writer.WriteU8(type);
  writer.WriteU16(static_cast<std::uint16_t>(2 + fci.size() / 4));
  writer.WriteU32(ssrc);  // the SFU names our SSRC as sender, too
  writer.WriteU32(ssrc);
  writer.WriteBytes(fci);
  return out;
}

Bytes PictureLoss(std::uint32_t ssrc) { return Feedback(1, 206, ssrc); }

Bytes Nack(std::uint32_t ssrc, std::uint32_t sequence) {
  return Feedback(
      1, 205, ssrc,
      {static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence), 0x00, 0x00});
}

class PeerConnectionTest : public testing::Test {
 protected:
  PeerConnectionTest() {
    auto certificate = Certificate::Make();
    EXPECT_TRUE(certificate.has_value());
    IceAgent::Options ice;
    ice.loopback = true;
    auto made = PeerConnection::Make(
        io_.get_executor(), std::move(*certificate),
        {.clock = clock_, .cname = "cname", .ice = std::move(ice)},
        {.on_local_candidate =
             [this](const sdp::Candidate& candidate) { sfu_.AddRemoteCandidate(candidate); },
         .on_connected = [this] { ++connected_; },
         .on_failed = [](const Error& error) { ADD_FAILURE() << error.context; },
         .on_key_frame_request =
             [this](std::size_t section, std::size_t layer) {
               key_frame_requests_.emplace(section, layer);
             }});
    EXPECT_TRUE(made.has_value()) << made.error().context;
    connection_ = std::move(*made);
  }

  void Negotiate() {
    const std::string answer = sfu_.Answer(connection_->CreateOffer());
    const auto applied = connection_->SetAnswer(answer);
    ASSERT_TRUE(applied.has_value()) << applied.error().context;
    for (const sdp::Candidate& candidate : sfu_.candidates()) {
      connection_->AddRemoteCandidate(candidate);
    }
  }

  template <typename Done>
  void Await(Done done) {
    ASSERT_TRUE(test::RunUntil(io_, done)) << "waited in vain";
  }

  void Connect() {
    Negotiate();
    Await([this] { return connection_->connected() && sfu_.connected(); });
  }

  std::size_t AddSimulcast() {
    return connection_->AddVideo(
        {.stream_id = "MS_1", .track_id = "TV_1", .rids = {"q", "h", "f"}, .bitrate = 2'000'000});
  }

  std::size_t AddStereo() {
    return connection_->AddAudio({.stream_id = "MS_1", .track_id = "TA_1", .bitrate = 96'000});
  }

  const test::SfuPeer::Stream& StreamOf(std::uint32_t ssrc) {
    static const test::SfuPeer::Stream kNone;
    const auto found = sfu_.streams().find(ssrc);
    return found == sfu_.streams().end() ? kNone : found->second;
  }

  boost::asio::io_context io_{1};
  SessionClock clock_{Clock::now(), WallClock::now()};
  test::SfuPeer sfu_{io_.get_executor(),
                     {.on_candidate = [](const sdp::Candidate&) {}, .on_change = [] {}}};
  std::unique_ptr<PeerConnection> connection_;
  int connected_ = 0;
  std::set<std::pair<std::size_t, std::size_t>> key_frame_requests_;
};

TEST_F(PeerConnectionTest, OffersOneCodecEachAndCandidatesAtOnce) {
  AddStereo();
  AddSimulcast();
  const test::SfuOffer offer = test::ReadOffer(connection_->CreateOffer());
  ASSERT_EQ(offer.sections.size(), 2U);
  EXPECT_EQ(offer.sections[0].payload_types, "111");
  EXPECT_EQ(offer.sections[0].ssrcs.size(), 1U);
  EXPECT_EQ(offer.sections[1].payload_types, "96 97");
  EXPECT_THAT(offer.sections[1].ssrcs, IsEmpty());
  EXPECT_THAT(offer.sections[1].rids, testing::ElementsAre("q", "h", "f"));
  EXPECT_THAT(offer.candidates, Not(IsEmpty()));
}

TEST_F(PeerConnectionTest, ConnectsAndCarriesEveryLayerWithItsNames) {
  const std::size_t audio = AddStereo();
  const std::size_t video = AddSimulcast();
  Connect();
  EXPECT_EQ(connected_, 1);

  EncodedFrame opus;
  opus.payload = {0xfc, 1, 2, 3};
  opus.pts = clock_.At(Clock::now());
  connection_->Send(audio, 0, opus, 20);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    connection_->Send(video, layer, KeyFrame(opus.pts, 3000 * (layer + 1)));
  }
  Await([this] {
    return sfu_.SsrcOfRid("f") != 0 && StreamOf(sfu_.SsrcOfRid("f")).packets.size() > 6;
  });
  EXPECT_EQ(sfu_.SsrcOfRid("q"), connection_->ssrc(video, 0));
  EXPECT_EQ(sfu_.SsrcOfRid("h"), connection_->ssrc(video, 1));
  EXPECT_EQ(sfu_.SsrcOfRid("f"), connection_->ssrc(video, 2));
  EXPECT_EQ(StreamOf(sfu_.SsrcOfRid("f")).mid, "1");
  const auto& heard = StreamOf(connection_->ssrc(audio, 0));
  ASSERT_EQ(heard.packets.size(), 1U);
  const auto packet = rtp::ParseRtpPacket(heard.packets[0]);
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->header.payload_type, 111);
  EXPECT_THAT(Bytes(packet->payload.begin(), packet->payload.end()),
              testing::ElementsAre(0xfc, 1, 2, 3));
}

TEST_F(PeerConnectionTest, StampsAllLayersOfAPictureWithOneTime) {
  const std::size_t video = AddSimulcast();
  Connect();
  const SessionTime pts = clock_.At(Clock::now());
  for (std::size_t layer = 0; layer < 3; ++layer)
    connection_->Send(video, layer, KeyFrame(pts, 10));
  Await([this] { return sfu_.streams().size() == 3; });
  std::set<std::uint32_t> times;
  for (const auto& [ssrc, stream] : sfu_.streams()) {
    times.insert(rtp::ParseRtpPacket(stream.packets.at(0))->header.timestamp);
  }
  EXPECT_EQ(times.size(), 1U);
}

TEST_F(PeerConnectionTest, ReportsEveryLayer) {
  const std::size_t video = AddSimulcast();
  Connect();
  const SessionTime pts = clock_.At(Clock::now());
  for (std::size_t layer = 0; layer < 3; ++layer)
    connection_->Send(video, layer, KeyFrame(pts, 10));
  Await([this] {
    int reported = 0;
    for (const auto& [ssrc, stream] : sfu_.streams()) reported += !stream.sender_reports.empty();
    return reported == 3;
  });
}

TEST_F(PeerConnectionTest, RepairsALostPacketOverRtx) {
  const std::size_t video = AddSimulcast();
  Connect();
  const std::uint32_t ssrc = connection_->ssrc(video, 2);
  std::optional<std::uint16_t> lost;
  int seen = 0;
  sfu_.SetLoss([&](std::uint32_t of, std::uint16_t sequence) {
    if (of != ssrc || ++seen != 3) return false;
    lost = sequence;
    return true;
  });
  connection_->Send(video, 2, KeyFrame(clock_.At(Clock::now()), 8000));
  Await([&] { return lost && StreamOf(ssrc).packets.size() >= 6; });
  for (const Bytes& packet : StreamOf(ssrc).packets) EXPECT_NE(Sequence(packet), *lost);

  sfu_.SendRtcp(Nack(ssrc, *lost));
  Await([this] { return sfu_.streams().size() == 2; });  // the repair has an SSRC of its own
  for (const auto& [repair_ssrc, stream] : sfu_.streams()) {
    if (repair_ssrc == ssrc) continue;
    const auto repair = rtp::ParseRtpPacket(stream.packets.at(0));
    ASSERT_TRUE(repair.has_value());
    EXPECT_EQ(repair->header.payload_type, 97);
    // Original sequence number in front (RFC 4588 §4).
    EXPECT_EQ(repair->payload[0] << 8 | repair->payload[1], *lost);
    EXPECT_EQ(test::SfuPeer::Extension(stream.packets[0], sdp::kRepairedRidExtension), "f");
  }
  EXPECT_EQ(connection_->stats(video, 2).retransmitted, 1U);
}

TEST_F(PeerConnectionTest, PassesKeyFrameRequestsOnWithTheirLayer) {
  AddStereo();
  const std::size_t video = AddSimulcast();
  Connect();
  sfu_.SendRtcp(PictureLoss(connection_->ssrc(video, 1)));
  sfu_.SendRtcp(PictureLoss(0x12345678));  // not ours
  sfu_.SendRtcp(PictureLoss(connection_->ssrc(video, 2)));
  Await([this] { return key_frame_requests_.size() == 2; });
  EXPECT_THAT(key_frame_requests_, AllOf(Contains(std::pair(video, std::size_t{1})),
                                         Contains(std::pair(video, std::size_t{2}))));
}

TEST_F(PeerConnectionTest, AnswersTheReceiversReferenceTime) {
  const std::size_t audio = AddStereo();
  Connect();
  Bytes request;
  ByteWriter writer(request);
  writer.WriteU32(0x80cf0004);  // V=2, XR, 5 words
  writer.WriteU32(connection_->ssrc(audio, 0));
  writer.WriteU32(0x04000002);           // block type 4 (RRTR), 2 words
  writer.WriteU64(0x1122334455667788U);  // NTP
  sfu_.SendRtcp(request);
  Await([this] { return !sfu_.other_rtcp().empty(); });
  const Bytes& reply = sfu_.other_rtcp()[0];
  ASSERT_THAT(reply.size(), Ge(24U));
  EXPECT_EQ(reply[1], 207);                                   // XR
  EXPECT_EQ(reply[8], 5);                                     // block type DLRR
  EXPECT_THAT(Bytes(reply.begin() + 16, reply.begin() + 20),  // middle 32 bits of the time
              testing::ElementsAre(0x33, 0x44, 0x55, 0x66));
}

TEST_F(PeerConnectionTest, SendsNothingBeforeTheAnswer) {
  const std::size_t audio = AddStereo();
  Connect();
  const std::size_t video = AddSimulcast();
  connection_->CreateOffer();
  connection_->Send(video, 0, KeyFrame(clock_.At(Clock::now()), 10));
  EXPECT_EQ(connection_->stats(video, 0).packets, 0U);
  EncodedFrame opus;
  opus.payload = {0xfc};
  opus.pts = clock_.At(Clock::now());
  connection_->Send(audio, 0, opus, 20);
  Await([this] { return !sfu_.streams().empty(); });
  EXPECT_EQ(sfu_.streams().size(), 1U);
}

TEST_F(PeerConnectionTest, TakesATrackOntoATransportThatIsUp) {
  connection_->AddPlaceholderSection();
  Connect();
  const std::size_t video = connection_->AddVideo(
      {.stream_id = "MS_1", .track_id = "TV_1", .codec = VideoCodec::kVp8, .rids = {}});
  Negotiate();
  EncodedFrame frame;
  frame.payload = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
  frame.pts = clock_.At(Clock::now());
  frame.key_frame = true;
  connection_->Send(video, 0, frame);
  Await([&] { return !StreamOf(connection_->ssrc(video, 0)).packets.empty(); });
  EXPECT_EQ(sfu_.offer().sections.at(1).ssrcs.at(0), std::to_string(connection_->ssrc(video, 0)));
}

TEST_F(PeerConnectionTest, GoesOnWithTheSameStreamsAfterAnIceRestart) {
  const std::size_t video = AddSimulcast();
  Connect();
  const SessionTime pts = clock_.At(Clock::now());
  connection_->Send(video, 0, KeyFrame(pts, 10));
  Await([this] { return sfu_.streams().size() == 1; });
  const std::string old_ufrag = sfu_.offer().ice.ufrag;

  connection_->RestartIce();
  Negotiate();
  EXPECT_NE(sfu_.offer().ice.ufrag, old_ufrag);
  Await([this] { return connected_ == 2; });
  const std::size_t before = StreamOf(connection_->ssrc(video, 0)).packets.size();
  connection_->Send(video, 0, KeyFrame(pts + kFrame, 10));
  Await([&] { return StreamOf(connection_->ssrc(video, 0)).packets.size() > before; });
  EXPECT_EQ(sfu_.streams().size(), 1U);
}

TEST_F(PeerConnectionTest, RefusesAnAnswerWithoutItsSections) {
  AddStereo();
  const std::string answer = sfu_.Answer(connection_->CreateOffer());
  connection_->AddAudio({.stream_id = "MS_1", .track_id = "TA_2"});
  connection_->CreateOffer();
  const auto applied = connection_->SetAnswer(answer);
  ASSERT_FALSE(applied.has_value());
  EXPECT_THAT(applied.error().context, HasSubstr("no section with mid 1"));
  EXPECT_FALSE(connection_->SetAnswer("v=0\r\n").has_value());
}

}  // namespace
}  // namespace ingress::rtc
