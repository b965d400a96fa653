#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "rtp/bandwidth_estimator.h"
#include "rtp/pacer.h"
#include "rtp/packet.h"
#include "rtp/sender.h"
#include "rtp/twcc.h"

namespace ingress::rtp {

/// Where a session's packets go: SRTP and the ICE socket.
class PacketSink {
 public:
  virtual ~PacketSink() = default;

  /// Takes what it needs of a plain packet of up to kMaxPacketSize bytes, which stays as it is.
  virtual void SendRtp(ByteView packet) = 0;
  virtual void SendRtcp(ByteView packet) = 0;
  /// That was all for now: what was held back to be sent together leaves.
  virtual void Flush() = 0;
};

/// All senders of one bundled transport: their pacing, their RTCP, one transport-wide counter.
///
/// Sans-IO. Frames go in through RtpSender::Send(), RTCP through ReceiveRtcp(); what is due comes
/// out of Poll(), to be called after either and at NextDeadline().
class RtpSession {
 public:
  struct Options {
    SessionClock clock{};
    std::string cname{};  // at most 255 bytes
    Pacer::Options pacer{};
  };

  explicit RtpSession(Options options);

  /// A new sender. Its address is stable; it lives until RemoveSender() or as long as the session.
  RtpSender& AddSender(SenderOptions options);
  /// The track was unpublished: nothing more is sent or reported for `ssrc`, which is a media SSRC.
  /// Packets that wait in the pacer still leave.
  void RemoveSender(std::uint32_t ssrc);
  RtpSender* FindSender(std::uint32_t ssrc);  // media or RTX; null when unknown

  /// The nominal bitrate of all that is sent, for pacing.
  void SetBitrate(std::uint64_t bits_per_second) { pacer_.SetBitrate(bits_per_second); }

  struct RtcpEvents {
    std::vector<std::uint32_t> key_frame_requests{};  // media SSRCs, by PLI or FIR; no repeats
  };

  /// Takes one decrypted RTCP datagram. Messages about SSRCs we do not send are ignored.
  /// Errors: those of ParseRtcp(); the session stays usable.
  Result<RtcpEvents> ReceiveRtcp(ByteView datagram, TimePoint now);

  /// Sends all that is due at `now`.
  void Poll(TimePoint now, PacketSink& sink);
  /// When to call Poll() next; empty when nothing waits. May lie in the past.
  std::optional<TimePoint> NextDeadline() const;

  /// The transport was restarted (ICE restart): identifies all streams again. While it is down, go
  /// on polling and let the sink drop: sequence numbers run on and a NACK can repair what was lost.
  void OnTransportRestart();

  /// Streams were added to a transport that is in use, or removed: what is lost on the way into
  /// that change is no sign of congestion.
  void OnStreamsChanged(TimePoint now) { estimator_.OnStreamsChanged(now); }

  /// What the path carries by transport-wide feedback, in bits per second; empty while it was never
  /// congested.
  std::optional<std::uint64_t> uplink() const { return estimator_.estimate(); }
  const Pacer& pacer() const { return pacer_; }
  const PacketPool& pool() const { return pool_; }

 private:
  void SendReports(TimePoint now, PacketSink& sink);
  void SendDlrr(TimePoint now, PacketSink& sink);

  struct PendingDlrr {
    std::uint32_t ssrc = 0;
    std::uint32_t last_rr = 0;
    TimePoint received_at{};
  };
  struct MessageHandler;

  Options options_;
  PacketPool pool_;  // before everything that holds packets
  Pacer pacer_;
  std::vector<std::unique_ptr<RtpSender>> senders_;
  TransportFeedbackTracker tracker_;
  BandwidthEstimator estimator_;
  std::vector<PendingDlrr> pending_dlrr_;
  Bytes rtcp_;  // the packet being written
};

}  // namespace ingress::rtp
