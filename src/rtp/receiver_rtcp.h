#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "rtp/rtcp.h"

namespace ingress::rtp {

// What a receiver of media sends: each call appends whole RTCP packets to a datagram.

inline constexpr std::size_t kMaxReportBlocks = 31;  // of one RR; five bits count them
/// The longest way, either way, between the arrivals of two packets that follow each other in a
/// transport-wide feedback: 16 bits of 250 µs.
inline constexpr std::chrono::microseconds kMaxFeedbackStep{8'000'000};

/// A compound packet: RR, then SDES with the CNAME (RFC 3550 §6.4.2, §6.5). `blocks`: at most
/// kMaxReportBlocks; each says `sender_ssrc` itself, which is not read.
void AppendReceiverReport(Bytes& out, std::uint32_t sender_ssrc,
                          std::span<const ReportBlock> blocks, std::string_view cname);

/// An extended report with one receiver reference time block (RFC 3611 §4.4).
void AppendReferenceTime(Bytes& out, const ReceiverReferenceTime& time);

/// Generic NACK (RFC 4585 §6.2.1). `nack.lost` ascends, across its wrap; nothing is written when it
/// is empty.
void AppendGenericNack(Bytes& out, const GenericNack& nack);

void AppendPictureLoss(Bytes& out, const PictureLoss& loss);
void AppendFullIntra(Bytes& out, const FullIntraRequest& request);

/// REMB. The bitrate is rounded down to what 18 bits of mantissa hold.
void AppendMaxBitrate(Bytes& out, const MaxBitrate& remb);

/// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1), arrivals to
/// 250 µs. At least one packet was received, from each received to the next the arrivals differ by
/// kMaxFeedbackStep at most, and there are at most kMaxTransportFeedback.
void AppendTransportFeedback(Bytes& out, const TransportFeedback& feedback);

}  // namespace ingress::rtp
