#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "rtc/certificate.h"
#include "rtc/dtls_transport.h"
#include "rtc/ice_agent.h"
#include "support/libsrtp_session.h"
#include "support/sfu_offer.h"

namespace ingress::test {

/// The media side of a fake SFU: answers offers, is the DTLS client, opens what arrives and sends
/// the RTCP that a test writes. Confined to its executor.
class SfuPeer {
 public:
  /// What arrived on one SSRC.
  struct Stream {
    std::vector<Bytes> packets;  // decrypted, in order of arrival
    std::string mid;             // of the first packet with one
    std::string rid;
    std::vector<Bytes> sender_reports;  // decrypted compound packets
  };

  struct Callbacks {
    std::function<void(const sdp::Candidate& candidate)> on_candidate;
    std::function<void()> on_change;  // something arrived or came up
  };

  SfuPeer(boost::asio::any_io_executor executor, Callbacks callbacks);

  /// Answers an offer; one with new ICE credentials restarts ICE.
  std::string Answer(const std::string& offer);
  void AddRemoteCandidate(const sdp::Candidate& candidate) { ice_->AddRemoteCandidate(candidate); }
  std::vector<sdp::Candidate> candidates() const { return ice_->local_candidates(); }

  /// Protects and sends one RTCP packet, given in plain bytes.
  void SendRtcp(Bytes packet);

  /// Reports on the video packets that arrived since the last call, by transport-wide feedback
  /// (draft-holmer-rmcat-transport-wide-cc-extensions-01). As if every third were lost.
  void SendLossyFeedback();
  std::size_t unreported() const { return unreported_.size(); }

  /// Packets for which this returns true are thrown away before anyone sees them.
  void SetLoss(std::function<bool(std::uint32_t ssrc, std::uint16_t sequence)> lost) {
    lost_ = std::move(lost);
  }

  bool connected() const { return sender_.has_value(); }
  const SfuOffer& offer() const { return offer_; }
  const std::map<std::uint32_t, Stream>& streams() const { return streams_; }
  /// The SSRC whose packets said `rid`; zero when there is none yet.
  std::uint32_t SsrcOfRid(const std::string& rid) const;
  /// RTCP that is not a sender report.
  const std::vector<Bytes>& other_rtcp() const { return other_rtcp_; }
  /// The one-byte extension with `id` out of a decrypted packet.
  static std::string Extension(ByteView packet, int id);

 private:
  void OnDatagram(Bytes datagram);
  void OnDtls(Result<void> result);
  void OnRtp(Bytes packet);
  void OnRtcp(Bytes packet);

  boost::asio::any_io_executor executor_;
  Callbacks callbacks_;
  rtc::Certificate certificate_;
  std::unique_ptr<rtc::IceAgent> ice_;
  std::unique_ptr<rtc::DtlsTransport> dtls_;
  std::optional<LibsrtpSession> sender_;
  std::optional<LibsrtpSession> receiver_;
  SfuOffer offer_;
  std::map<std::uint32_t, Stream> streams_;
  std::vector<Bytes> other_rtcp_;
  std::vector<std::uint16_t> unreported_;  // transport-wide sequence numbers
  std::uint8_t feedback_count_ = 0;
  std::function<bool(std::uint32_t, std::uint16_t)> lost_;
};

}  // namespace ingress::test
