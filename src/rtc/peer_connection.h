#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "rtc/certificate.h"
#include "rtc/dtls_transport.h"
#include "rtc/ice_agent.h"
#include "rtc/packet_batch.h"
#include "rtp/session.h"
#include "sdp/answer.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"
#include "srtp/rtcp_inbound.h"

namespace ingress::rtc {

/// One audio stream that is to be sent.
struct AudioSection {
  std::string stream_id;  // msid
  std::string track_id;   // msid; LiveKit: AddTrackRequest.cid
  bool stereo = true;
  std::uint32_t bitrate = 0;  // bits per second, for pacing
};

/// One video stream that is to be sent, in one or several layers.
struct VideoSection {
  std::string stream_id;
  std::string track_id;
  VideoCodec codec = VideoCodec::kH264;  // kH264 or kVp8
  std::vector<std::string> rids;         // lowest layer first; empty: one layer, named by its SSRC
  std::uint32_t bitrate = 0;             // bits per second, all layers
};

/// A peer connection that only publishes, and always makes the offer: ICE, DTLS, SRTP, RTP and SDP
/// tied together.
///
/// Confined to `executor`. Callbacks never run inside a call, and never after the destructor; they
/// must not destroy the connection.
class PeerConnection {
 public:
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  struct Options {
    SessionClock clock;
    std::string cname;
    IceAgent::Options ice;
  };

  struct Callbacks {
    /// A local candidate that was in no offer so far.
    std::function<void(const sdp::Candidate& candidate)> on_local_candidate;
    /// Media can flow: for the first time, or again after a loss of the path.
    std::function<void()> on_connected;
    /// The path is lost (kUnavailable: RestartIce() may help) or the connection is of no use any
    /// more (any other code).
    std::function<void(Error error)> on_failed;
    /// PLI or FIR, for layer `layer` of the section with index `section`.
    std::function<void(std::size_t section, std::size_t layer)> on_key_frame_request;
    /// What the path carries of video, in bits per second, once it was congested: at every change
    /// that matters and every second. kUnlimited when congestion was forgotten. May be empty.
    std::function<void(std::uint32_t bits_per_second)> on_uplink = {};
  };

  /// Opens the sockets, so that the first offer carries candidates.
  /// Errors: those of IceAgent.
  static Result<std::unique_ptr<PeerConnection>> Make(boost::asio::any_io_executor executor,
                                                      Certificate certificate, Options options,
                                                      Callbacks callbacks);
  ~PeerConnection();
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  /// Adds a section to the next offer. Returns its index, which also counts placeholders.
  std::size_t AddAudio(AudioSection section);
  std::size_t AddVideo(VideoSection section);
  /// A section without media, so that the transport can come up before there is any.
  std::size_t AddPlaceholderSection();

  /// Nothing more is sent of the section, which is inactive from the next offer on. Its index stays
  /// taken.
  void RemoveSection(std::size_t section);

  /// The next offer, with every section so far. One offer may be under way at a time.
  std::string CreateOffer();

  /// Applies the answer to the last offer. Media of its new sections may flow from now on.
  /// Errors: kMalformed, kUnsupported when a section was refused; the connection is then unusable.
  Result<void> SetAnswer(std::string_view text);

  void AddRemoteCandidate(const sdp::Candidate& candidate);
  void SetRemoteGatheringDone();

  /// The next offer asks for an ICE restart; until it is answered the old path carries media.
  void RestartIce();

  /// Sends one picture or audio packet. Dropped while the section is not answered or the transport
  /// never was up. `level_dbov`: RFC 6464, audio only.
  void Send(std::size_t section, std::size_t layer, const EncodedFrame& frame,
            std::optional<int> level_dbov = std::nullopt);

  /// As rtp::RtpSender::SetRtpOffset(); nothing while Send() would drop.
  void SetRtpOffset(std::size_t section, std::size_t layer, SessionTime offset);

  /// Packets of what is sent until EndBatch() leave then, together.
  void BeginBatch() { batching_ = true; }
  void EndBatch();

  bool connected() const { return ice_connected_ && sender_ != nullptr; }

  /// Packets that were lost here because SRTP refused to protect them, and why the newest one was.
  PacketBatch::Refused refused() const {
    return sender_ ? sender_->refused() : PacketBatch::Refused();
  }

  /// Zeros before the answer.
  rtp::SenderStats stats(std::size_t section, std::size_t layer) const;
  std::uint32_t ssrc(std::size_t section, std::size_t layer) const;

 private:
  struct Layer {
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0;
    std::string rid;
    rtp::RtpSender* sender = nullptr;  // once answered; owned by rtp_
  };
  struct Section {
    std::string mid;
    rtp::PayloadFormat format = rtp::PayloadFormat::kOpus;
    std::uint32_t timestamp_base = 0;
    std::uint32_t bitrate = 0;
    std::vector<Layer> layers;  // none: a placeholder, or removed
  };

  PeerConnection(boost::asio::any_io_executor executor, Certificate certificate,
                 const Options& options, Callbacks callbacks);
  Result<void> MakeAgent(const IceAgent::Options& options);

  Result<void> ApplyTransport(const sdp::AnswerSection& section);
  Result<void> ApplySection(Section& section, const sdp::AnswerSection& answer);
  void ApplyBitrate();
  rtp::SenderOptions SenderOptionsFor(const Section& section, const Layer& layer,
                                      const sdp::AnswerSection& answer) const;

  void OnIceState(IceAgent::State state);
  void OnDatagram(Bytes datagram);
  void OnDtls(Result<void> result);
  void OnRtcp(Bytes datagram);
  void OnKeyFrameRequest(std::uint32_t ssrc);
  void TellUplink();

  void FlushDtls();
  void Poll();
  void ArmTimer();
  void OnTimer();

  boost::asio::any_io_executor executor_;
  Certificate certificate_;
  Callbacks callbacks_;
  SessionClock clock_;
  std::unique_ptr<IceAgent> ice_;
  std::optional<sdp::OfferBuilder> offers_;
  std::optional<sdp::IceCredentials> remote_credentials_;
  bool ice_connected_ = false;
  std::unique_ptr<DtlsTransport> dtls_;
  std::unique_ptr<PacketBatch> sender_;        // once DTLS is done
  std::optional<srtp::RtcpInbound> receiver_;  // likewise
  rtp::RtpSession rtp_;
  std::vector<Section> sections_;
  std::uint32_t reported_uplink_ = kUnlimited;
  TimePoint reported_uplink_at_{};

  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_for_;
  bool batching_ = false;
  bool poll_due_ = false;  // something was sent since BeginBatch()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers hold it weakly
};

}  // namespace ingress::rtc
