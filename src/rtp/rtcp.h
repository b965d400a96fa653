#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtp/ntp.h"
#include "rtp/packet.h"

namespace ingress::rtp {

inline constexpr std::size_t kMaxRtcpSize = 4096;           // one datagram
inline constexpr std::size_t kMaxTransportFeedback = 4096;  // packets one TWCC feedback may report
inline constexpr std::size_t kMaxRtcpMessages = 64;         // parsed out of one datagram

// What a sender sends. A receiver's part is in receiver_rtcp.h.

struct SenderReport {  // RFC 3550 §6.4.1, without report blocks
  std::uint32_t ssrc = 0;
  NtpTime ntp{};
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packet_count = 0;
  std::uint32_t octet_count = 0;  // payload only
};

/// Appends a compound packet: SR, then SDES with the CNAME (RFC 3550 §6.1), of which at most 255
/// bytes are sent.
void AppendSenderReport(Bytes& out, const SenderReport& report, std::string_view cname);

struct DlrrEntry {            // RFC 3611 §4.5
  std::uint32_t ssrc = 0;     // who sent the receiver reference time
  std::uint32_t last_rr = 0;  // middle 32 bits of its NTP time
  std::uint32_t delay = 0;    // since it arrived, unit 1/65536 s
};

/// Appends an extended report with one DLRR block (RFC 3611 §2, §4.5).
void AppendDlrr(Bytes& out, std::uint32_t sender_ssrc, std::span<const DlrrEntry> entries);

// What a parser gives.

struct ReportBlock {  // RFC 3550 §6.4.1; out of RR and SR alike
  std::uint32_t sender_ssrc = 0;
  std::uint32_t ssrc = 0;          // whose packets it is about
  std::uint8_t fraction_lost = 0;  // unit 1/256
  std::int32_t cumulative_lost = 0;
  std::uint32_t highest_sequence = 0;     // cycles in the upper half
  std::uint32_t jitter = 0;               // RTP timestamp units
  std::uint32_t last_sr = 0;              // middle 32 bits of the SR's NTP time; zero: none yet
  std::uint32_t delay_since_last_sr = 0;  // unit 1/65536 s
};

struct GenericNack {  // RFC 4585 §6.2.1
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::vector<SequenceNumber> lost{};  // wire order
};

struct PictureLoss {  // PLI, RFC 4585 §6.3.1
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
};

struct FullIntraRequest {  // FIR, RFC 5104 §4.3.1; one entry of it
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::uint8_t command_sequence = 0;  // a repeat of the last one is not a new request
};

struct MaxBitrate {  // REMB, draft-alvestrand-rmcat-remb-03 §2.2
  std::uint32_t sender_ssrc = 0;
  std::uint64_t bitrate = 0;  // bits per second
  std::vector<std::uint32_t> ssrcs{};
};

/// One packet that a transport-wide feedback reports on.
struct TransportPacketStatus {
  std::uint16_t sequence = 0;
  bool received = false;
  std::chrono::microseconds arrival{};  // on the receiver's clock; only if `received`
};

struct TransportFeedback {  // draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::uint8_t count = 0;                        // feedback packet count, wraps
  std::vector<TransportPacketStatus> packets{};  // ascending, without gaps
};

struct ReceiverReferenceTime {  // XR RRTR, RFC 3611 §4.4
  std::uint32_t sender_ssrc = 0;
  NtpTime ntp{};
};

struct Goodbye {  // RFC 3550 §6.6
  std::vector<std::uint32_t> ssrcs{};
};

using RtcpMessage =
    std::variant<SenderReport, ReportBlock, GenericNack, PictureLoss, FullIntraRequest, MaxBitrate,
                 TransportFeedback, ReceiverReferenceTime, DlrrEntry, Goodbye>;

/// Parses a compound or reduced-size (RFC 5506) RTCP datagram, decrypted. A report with several
/// blocks, or a FIR with several entries, becomes several messages; the blocks of a sender report
/// follow it. Packet types, feedback formats and report blocks that we do not know are skipped.
/// Errors: kMalformed for lengths that do not fit, kLimitExceeded above the limits named here;
/// nothing of such a datagram is used.
Result<std::vector<RtcpMessage>> ParseRtcp(ByteView datagram);

/// The body of one transport-wide feedback, after the common header and the two SSRCs (which stay
/// zero here). Errors: as ParseRtcp().
Result<TransportFeedback> ParseTransportFeedback(ByteView body);

/// Whether a datagram that arrived beside RTP is RTCP (RFC 5761 §4): packet type 192 to 223.
bool IsRtcp(ByteView datagram);

}  // namespace ingress::rtp
