#include "support/sfu_peer.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/big_endian.h"
#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "rtp/packet.h"
#include "rtp/rtcp.h"

namespace ingress::test {
namespace {

constexpr std::uint8_t kSenderReport = 200;

rtc::Certificate MakeCertificate() {
  auto certificate = rtc::Certificate::Make();
  EXPECT_TRUE(certificate.has_value());
  return std::move(*certificate);
}

std::uint32_t SenderSsrc(ByteView rtcp) {
  ByteReader reader(rtcp);
  reader.Skip(4);
  return reader.ReadU32();
}

}  // namespace

SfuPeer::SfuPeer(boost::asio::any_io_executor executor, Callbacks callbacks)
    : executor_(executor), callbacks_(std::move(callbacks)), certificate_(MakeCertificate()) {
  rtc::IceAgent::Options options;
  options.controlling = false;
  options.loopback = true;
  rtc::IceAgent::Callbacks ice_callbacks{
      .on_candidate = callbacks_.on_candidate,
      .on_state =
          [this](rtc::IceAgent::State state) {
            if (state != rtc::IceAgent::State::kConnected || !dtls_ || sender_) return;
            OnDtls(dtls_->Start());
          },
      .on_datagram = [this](Bytes datagram) { OnDatagram(std::move(datagram)); }};
  auto agent = rtc::IceAgent::Make(executor_, options, std::move(ice_callbacks));
  EXPECT_TRUE(agent.has_value());
  ice_ = std::move(*agent);
  EXPECT_TRUE(ice_->Gather().has_value());
}

std::string SfuPeer::Answer(const std::string& text) {
  SfuOffer offer = ReadOffer(text);
  if (!offer_.ice.ufrag.empty() && offer.ice != offer_.ice) ice_->Restart();
  const bool changed = offer.ice != offer_.ice;
  offer_ = std::move(offer);
  if (changed) {
    ice_->SetRemoteCredentials(offer_.ice);
    for (const sdp::Candidate& candidate : offer_.candidates) AddRemoteCandidate(candidate);
  }
  if (!dtls_) {
    auto dtls = rtc::DtlsTransport::Make(
        certificate_, {.role = rtc::DtlsRole::kClient, .fingerprint = offer_.fingerprint});
    EXPECT_TRUE(dtls.has_value());
    dtls_ = std::move(*dtls);
  }
  return WriteAnswer(offer_, ice_->local_credentials(), certificate_.fingerprint());
}

void SfuPeer::SendRtcp(Bytes packet) {
  ASSERT_TRUE(sender_.has_value());
  ASSERT_TRUE(sender_->ProtectRtcp(packet));
  ice_->Send(packet);
}

void SfuPeer::SendLossyFeedback() {
  ASSERT_FALSE(unreported_.empty());
  const auto count = static_cast<std::uint16_t>(unreported_.back() - unreported_.front() + 1);
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x8fcd0000);  // V=2, format 15, RTPFB; the length follows below
  writer.WriteU32(1);           // sender
  writer.WriteU32(1);           // media
  writer.WriteU16(unreported_.front());
  writer.WriteU16(count);
  writer.WriteU32(static_cast<std::uint32_t>(feedback_count_) << 8 | feedback_count_);
  ++feedback_count_;
  // One-bit vectors of 14 packets: received, received, lost, received, …
  for (int left = count; left > 0; left -= 14) writer.WriteU16(0x8000 | 0b11011011011011);
  for (int i = 0; i < count; ++i) {
    if (i % 14 % 3 != 2) writer.WriteU8(4);  // 1 ms after the one before
  }
  while (packet.size() % 4 != 0) writer.WriteU8(0);
  packet[3] = static_cast<std::uint8_t>(packet.size() / 4 - 1);
  unreported_.clear();
  SendRtcp(std::move(packet));
}

std::uint32_t SfuPeer::SsrcOfRid(const std::string& rid) const {
  for (const auto& [ssrc, stream] : streams_) {
    if (stream.rid == rid) return ssrc;
  }
  return 0;
}

std::string SfuPeer::Extension(ByteView packet, int id) {
  const auto parsed = rtp::ParseRtpPacket(packet);
  if (!parsed) return {};
  return std::string(AsText(parsed->extension(static_cast<std::uint8_t>(id))));
}

void SfuPeer::OnDatagram(Bytes datagram) {
  if (datagram.empty()) return;
  if (datagram[0] >= 20 && datagram[0] <= 63) {
    if (dtls_) OnDtls(dtls_->Receive(datagram));
  } else if (receiver_ && rtp::IsRtcp(datagram)) {
    if (receiver_->UnprotectRtcp(datagram)) OnRtcp(std::move(datagram));
  } else if (receiver_) {
    if (receiver_->UnprotectRtp(datagram)) OnRtp(std::move(datagram));
  }
  callbacks_.on_change();
}

void SfuPeer::OnDtls(Result<void> result) {
  EXPECT_TRUE(result.has_value() || result.error().code == ErrorCode::kClosed)
      << result.error().context;
  for (const Bytes& datagram : dtls_->TakeOutput()) ice_->Send(datagram);
  if (sender_ || !dtls_->keys()) return;
  const srtp::Keys& keys = *dtls_->keys();
  sender_.emplace(LibsrtpSession::Direction::kOutbound, keys.profile, keys.local);
  receiver_.emplace(LibsrtpSession::Direction::kInbound, keys.profile, keys.remote);
}

void SfuPeer::OnRtp(Bytes packet) {
  const auto parsed = rtp::ParseRtpPacket(packet);
  ASSERT_TRUE(parsed.has_value());
  if (lost_ && lost_(parsed->header.ssrc, parsed->header.sequence)) return;
  Stream& stream = streams_[parsed->header.ssrc];
  const std::string mid = Extension(packet, sdp::kMidExtension);
  const std::string rid = Extension(packet, sdp::kRidExtension);
  if (!mid.empty()) stream.mid = mid;
  if (!rid.empty()) stream.rid = rid;
  if (const auto number = parsed->extension(sdp::kTransportSeqExtension); number.size() == 2) {
    unreported_.push_back(LoadBigEndian<std::uint16_t>(number));
  }
  stream.packets.push_back(std::move(packet));
}

void SfuPeer::OnRtcp(Bytes packet) {
  if (packet.size() > 1 && packet[1] == kSenderReport) {
    streams_[SenderSsrc(packet)].sender_reports.push_back(std::move(packet));
  } else {
    other_rtcp_.push_back(std::move(packet));
  }
}

}  // namespace ingress::test
