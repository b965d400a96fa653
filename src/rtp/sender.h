#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "rtp/nack_history.h"
#include "rtp/pacer.h"
#include "rtp/packet.h"
#include "rtp/packetizer.h"
#include "rtp/rtcp.h"

namespace ingress::rtp {

/// The RTP ticks of a session time: round(time × clock_rate), the same for every sender, so that
/// equal presentation times give equal RTP times. Not wrapped.
std::int64_t ToRtpTicks(SessionTime time, std::uint32_t clock_rate);

enum class PayloadFormat { kOpus, kH264, kVp8 };

struct SenderOptions {
  PayloadFormat format = PayloadFormat::kOpus;
  std::uint32_t ssrc = 0;
  std::uint8_t payload_type = 0;
  std::uint32_t clock_rate = 48'000;  // 90000 for video
  std::uint32_t timestamp_base = 0;   // RTP time of SessionTime 0; one for all layers of a track
  std::optional<std::uint32_t> rtx_ssrc{};         // both or none; without them a lost packet is
  std::optional<std::uint8_t> rtx_payload_type{};  // sent again as it was, on its own SSRC
  ExtensionIds extensions{};
  std::string mid{};  // at most 16 bytes
  std::string rid{};  // empty: not simulcast
  /// Bytes of payload and extensions together. With header, OSN, SRTP tag, UDP and IPv6 headers
  /// the largest datagram is 1278 bytes, below IPv6's 1280.
  std::size_t max_payload = 1200;
  NackHistory::Options history{};
  /// Empty: random, below 2^15 so that the first wrap is far away when SRTP starts counting.
  std::optional<SequenceNumber> first_sequence{};
};

struct SenderStats {
  std::uint64_t packets = 0;  // media, as sent; without retransmissions
  std::uint64_t octets = 0;   // of RTP payload, likewise
  std::uint64_t frames = 0;
  std::uint64_t retransmitted = 0;  // packets
  std::uint64_t nacked = 0;         // packets asked for
  std::uint64_t pli = 0;
  std::uint64_t fir = 0;
  std::uint64_t timestamps_clamped = 0;  // frames
  std::uint64_t frames_rejected = 0;     // not packetizable
  double fraction_lost = 0;              // of the last report block, 0 to 1
  std::int32_t cumulative_lost = 0;
  std::chrono::microseconds round_trip{0};  // of the last report block that allowed it; 0: unknown
};

/// Sends one SSRC: one audio stream, or one layer of video, with its RTX stream.
///
/// Time: RTP timestamp = timestamp_base + ToRtpTicks(pts + offset). It never goes back within an
/// SSRC: a frame whose time is not after that of the frame before gets the time of that frame plus
/// one tick (and is counted).
///
/// Identification: MID and RID stand on every packet until a report block for the SSRC has arrived,
/// and in any case for the first 5 s of sending; RTX packets always carry MID and repaired RID.
///
/// Sender reports: due 100 ms after the first packet (and after the first packet that follows a
/// pause of more than 1 s), then every second, whether or not frames still come.
///
/// Packets go to the Pacer; whoever takes them from there reports them back with OnSent().
class RtpSender {
 public:
  static constexpr std::chrono::seconds kIdentificationTime{5};
  static constexpr std::chrono::milliseconds kFirstReportDelay{100};
  static constexpr std::chrono::seconds kReportInterval{1};
  static constexpr std::chrono::milliseconds kDefaultRoundTrip{20};

  /// `pool` and `pacer` must outlive the sender.
  RtpSender(SenderOptions options, SessionClock clock, PacketPool& pool, Pacer& pacer);

  /// Packetizes `frame` into the pacer. `level_dbov`: RFC 6464 level of an audio frame.
  /// Errors: those of Packetizer::Start(); nothing was sent and no number was used.
  Result<void> Send(const EncodedFrame& frame, TimePoint now,
                    std::optional<int> level_dbov = std::nullopt);

  /// From now on RTP times, those of sender reports included, are `offset` later than session time.
  /// Zero at first.
  void SetRtpOffset(SessionTime offset) { rtp_offset_ = offset; }

  /// A packet of this SSRC left at `now`: counts it and keeps it for retransmission.
  void OnSent(PacketPtr packet, TimePoint now);

  void OnReportBlock(const ReportBlock& block, TimePoint now);
  void OnNack(std::span<const SequenceNumber> lost, TimePoint now);
  void OnPictureLoss() { ++stats_.pli; }
  /// False when it repeats a request already seen.
  bool OnFullIntraRequest(std::uint8_t command_sequence);

  /// The transport was restarted: identify the stream again as at the start.
  void ResetIdentification();

  /// When the next sender report is due; empty before the first packet left.
  std::optional<TimePoint> NextReport() const { return next_report_; }
  /// The report of this instant, and schedules the next one.
  SenderReport TakeReport(TimePoint now);

  std::uint32_t ssrc() const { return options_.ssrc; }
  bool owns(std::uint32_t ssrc) const { return ssrc == options_.ssrc || ssrc == options_.rtx_ssrc; }
  const SenderOptions& options() const { return options_; }
  const SenderStats& stats() const { return stats_; }

 private:
  std::uint32_t TimestampFor(SessionTime pts);
  ExtensionValues ValuesFor(std::optional<int> level_dbov, TimePoint now) const;
  bool Identifying(TimePoint now) const;
  PacketPtr Resend(const RtpPacket& original);
  WallTime WallAt(TimePoint now) const;

  SenderOptions options_;
  SessionClock clock_;
  PacketPool& pool_;
  Pacer& pacer_;
  std::unique_ptr<Packetizer> packetizer_;
  NackHistory history_;
  SequenceNumber next_sequence_ = 0;
  SequenceNumber next_rtx_sequence_ = 0;
  SessionTime rtp_offset_{};
  std::optional<std::int64_t> last_ticks_;      // of the last frame, clamped
  std::optional<TimePoint> identifying_since_;  // first packet built since start or reset
  bool report_seen_ = false;                    // since start or reset
  std::optional<TimePoint> last_sent_;
  std::optional<TimePoint> next_report_;
  std::optional<std::uint8_t> last_fir_;
  SenderStats stats_;
};

}  // namespace ingress::rtp
