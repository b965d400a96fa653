#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "rtp_receive/receiver_config.h"
#include "rtp_receive/stream_stats.h"
#include "rtp_receive/stream_table.h"
#include "rtp_receive/transport_feedback_collector.h"
#include "stream/unit.h"

namespace ingress::rtp_receive {

/// RTCP messages that were sent.
struct FeedbackStats {
  std::uint64_t reports = 0;             // reception reports (RFC 3550 §6.4)
  std::uint64_t nacks = 0;               // RFC 4585 §6.2.1
  std::uint64_t picture_losses = 0;      // PLI, RFC 4585 §6.3.1
  std::uint64_t full_intra = 0;          // FIR, RFC 5104 §4.3.1
  std::uint64_t transport_feedback = 0;  // transport-wide congestion control
  std::uint64_t max_bitrates = 0;        // REMB
};

/// All streams, and what belongs to none.
struct ReceiverStats {
  std::vector<StreamStats> streams{};
  StreamTotals totals{};
  FeedbackStats feedback{};
  std::uint64_t malformed = 0;     // datagrams that could not be read, RTP and RTCP
  std::uint64_t unidentified = 0;  // packets of no stream of the description
  std::optional<std::chrono::microseconds>
      round_trip{};           // where the sender answers reference times
  bool unresponsive = false;  // it was asked for key frames and did not answer
};

/// The receiving half of one WebRTC transport, after SRTP: packets and RTCP in, units and RTCP out.
///
/// Units come in the order in which their track was sent. A frame of video that lacks a part is
/// left out, and so is all that refers to it, up to the next key frame; what is missing is asked
/// for, and waited for no longer than that takes. Audio that is lost leaves a hole. Times are on
/// kReceiveClock, see TrackAligner. Of simulcast the largest layer goes on, or all of them.
///
/// Sans-IO. Every call is legal at any time; call Poll() when packets have come, and at deadline().
class Receiver {
 public:
  static constexpr std::chrono::milliseconds kFirstReport{500};  // after the first packet
  static constexpr std::chrono::seconds kReportInterval{1};

  Receiver(ReceiverConfig config, TimePoint now);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// Takes one decrypted RTP packet.
  void OnRtp(ByteView packet, TimePoint arrival);
  /// Takes one decrypted RTCP datagram.
  void OnRtcp(ByteView datagram, TimePoint arrival);

  struct Output {
    stream::Units units{};
    std::vector<Bytes> rtcp{};  // plain datagrams, to be sent in this order
  };
  /// Returns what is ready and what is due at `now`.
  Output Poll(TimePoint now);
  /// Says when to call Poll() next; max() when nothing is to be done before a packet comes.
  TimePoint deadline() const;

  /// Asks for a key frame, as soon as the spacing of such requests allows. `layer`: which one,
  /// where all layers go on.
  void RequestKeyFrame(std::size_t layer = 0) { streams_.WantKeyFrame(layer); }
  /// The sender was asked for key frames and does not answer.
  bool unresponsive() const { return streams_.unresponsive(); }

  ReceiverStats stats() const;

 private:
  void AddFeedback(TimePoint now, std::vector<Bytes>& feedback);
  void AddRequests(MediaStream& stream, std::uint32_t ssrc, const TrackConfig& track, TimePoint now,
                   std::vector<Bytes>& feedback);
  void AddTransportFeedback(TimePoint now, std::vector<Bytes>& feedback);
  void AddMaxBitrate(std::vector<Bytes>& feedback);
  std::vector<rtp::ReportBlock> TakeReport(TimePoint now);
  rtp::NtpTime ReferenceTime(TimePoint now) const;
  void OnDlrr(const rtp::DlrrEntry& entry, TimePoint arrival);
  bool estimates_by_feedback() const;

  ReceiverConfig config_;
  TimePoint begin_;
  StreamTable streams_;
  TransportFeedbackCollector transport_feedback_;
  std::optional<TimePoint> report_at_;  // empty until a packet has come
  std::uint32_t newest_ssrc_ = 0;       // of media; feedback on the transport names one
  std::uint8_t full_intra_requests_ = 0;
  std::uint64_t malformed_ = 0;
  std::uint64_t unidentified_ = 0;
  std::optional<std::chrono::microseconds> round_trip_;
  FeedbackStats feedback_;
};

}  // namespace ingress::rtp_receive
