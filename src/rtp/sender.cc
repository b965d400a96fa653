#include "rtp/sender.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/ids.h"
#include "rtp/h264_packetizer.h"
#include "rtp/rtx.h"
#include "rtp/vp8_packetizer.h"

namespace ingress::rtp {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxOpusPacket = 1275;  // RFC 6716 §3.2.5, a frame of up to 20 ms
constexpr std::chrono::seconds kMaxRoundTrip{10};
constexpr std::chrono::milliseconds kTalkspurtGap{30};  // more than one 20 ms packet
constexpr std::chrono::seconds kPause{1};

constexpr SequenceNumber kLowHalf = 0x7fff;

std::size_t ExtensionReserve(const SenderOptions& options) {
  const ExtensionValues media{
      .mid = options.mid, .rid = options.rid, .audio_level_dbov = 0, .transport_seq = true};
  const ExtensionValues repair{
      .mid = options.mid, .repaired_rid = options.rid, .transport_seq = true};
  return std::max(ExtensionBlockSize(options.extensions, media),
                  ExtensionBlockSize(options.extensions, repair));
}

std::unique_ptr<Packetizer> MakePacketizer(const SenderOptions& options) {
  const std::size_t reserve = ExtensionReserve(options);
  INGRESS_CHECK(kFixedHeaderSize + kOsnSize + options.max_payload <= kMaxPacketSize);
  INGRESS_CHECK(options.max_payload > reserve + Vp8Packetizer::kDescriptorSize);
  const std::size_t max_payload = options.max_payload - reserve;
  switch (options.format) {
    case PayloadFormat::kH264:
      return std::make_unique<H264Packetizer>(max_payload);
    case PayloadFormat::kVp8:
      return std::make_unique<Vp8Packetizer>(max_payload, static_cast<std::uint16_t>(RandomU32()));
    case PayloadFormat::kOpus:
      break;
  }
  // An Opus packet cannot be cut; the largest still fits in an Ethernet frame.
  return std::make_unique<OpusPacketizer>(
      std::min(kMaxOpusPacket, kMaxPacketSize - kFixedHeaderSize - kOsnSize - reserve));
}

}  // namespace

std::int64_t ToRtpTicks(SessionTime time, std::uint32_t clock_rate) {
  // Whole seconds apart from the rest, so that nothing overflows in a session of many days.
  constexpr std::int64_t kNanos = 1'000'000'000;
  const seconds whole = std::chrono::floor<seconds>(time);
  const std::int64_t rest = nanoseconds(time - whole).count();
  return whole.count() * clock_rate + (rest * clock_rate + kNanos / 2) / kNanos;
}

RtpSender::RtpSender(SenderOptions options, SessionClock clock, PacketPool& pool, Pacer& pacer)
    : options_(std::move(options)),
      clock_(clock),
      pool_(pool),
      pacer_(pacer),
      packetizer_(MakePacketizer(options_)),
      history_(options_.history),
      next_sequence_(options_.first_sequence.value_or(RandomU32() & kLowHalf)),
      next_rtx_sequence_(RandomU32() & kLowHalf) {
  INGRESS_CHECK(options_.rtx_ssrc.has_value() == options_.rtx_payload_type.has_value());
}

Result<void> RtpSender::Send(const EncodedFrame& frame, TimePoint now,
                             std::optional<int> level_dbov) {
  const auto payloads = packetizer_->StartUnits(frame.payload, frame.units);
  if (!payloads) {
    ++stats_.frames_rejected;
    return Wrap("rtp send", payloads.error());
  }
  const bool audio = options_.format == PayloadFormat::kOpus;
  const std::optional<std::int64_t> ticks_before = last_ticks_;
  RtpHeader header{.payload_type = options_.payload_type,
                   .timestamp = TimestampFor(frame.pts),
                   .ssrc = options_.ssrc};
  // RFC 3551 §4.1: the marker of audio starts a talkspurt, after silence that was not sent.
  const bool talkspurt = !ticks_before || *last_ticks_ - *ticks_before >
                                              ToRtpTicks(kTalkspurtGap, options_.clock_rate);
  if (!identifying_since_) identifying_since_ = now;

  const ExtensionValues values = ValuesFor(level_dbov, now);
  const PacketPriority priority = audio ? PacketPriority::kAudio : PacketPriority::kVideo;
  for (std::size_t left = *payloads; left > 0; --left) {
    header.sequence = next_sequence_++;
    header.marker = audio ? talkspurt : left == 1;
    PacketPtr packet = pool_.Take();
    packet->WriteHeader(header, options_.extensions, values);
    packet->SetPayloadSize(packetizer_->WriteNext(packet->payload_space()));
    pacer_.Enqueue(std::move(packet), priority, now);
  }
  ++stats_.frames;
  return {};
}

std::uint32_t RtpSender::TimestampFor(SessionTime pts) {
  std::int64_t ticks = ToRtpTicks(pts + rtp_offset_, options_.clock_rate);
  if (last_ticks_ && ticks <= *last_ticks_) {
    ticks = *last_ticks_ + 1;
    ++stats_.timestamps_clamped;
  }
  last_ticks_ = ticks;
  return options_.timestamp_base + static_cast<std::uint32_t>(ticks);
}

bool RtpSender::Identifying(TimePoint now) const {
  return !report_seen_ || !identifying_since_ || now - *identifying_since_ < kIdentificationTime;
}

ExtensionValues RtpSender::ValuesFor(std::optional<int> level_dbov, TimePoint now) const {
  ExtensionValues values{.audio_level_dbov = level_dbov, .transport_seq = true};
  if (Identifying(now)) {
    values.mid = options_.mid;
    values.rid = options_.rid;
  }
  return values;
}

void RtpSender::OnSent(PacketPtr packet, TimePoint now) {
  ++stats_.packets;
  stats_.octets += packet->payload().size();
  if (!last_sent_ || now - *last_sent_ > kPause) {
    const TimePoint soon = now + kFirstReportDelay;
    next_report_ = next_report_ ? std::min(*next_report_, soon) : soon;
  }
  last_sent_ = now;
  history_.Store(std::move(packet), now);
}

void RtpSender::OnReportBlock(const ReportBlock& block, TimePoint now) {
  if (block.ssrc != options_.ssrc) return;
  report_seen_ = true;
  stats_.fraction_lost = block.fraction_lost / 256.0;
  stats_.cumulative_lost = block.cumulative_lost;
  if (block.last_sr == 0) return;
  // RFC 3550 §6.4.1: A − LSR − DLSR, modulo 2^32. What comes out negative wraps to hours.
  const std::uint32_t arrival = ToNtp(WallAt(now)).middle();
  const nanoseconds round_trip =
      FromCompactNtp(arrival - block.last_sr - block.delay_since_last_sr);
  if (round_trip <= kMaxRoundTrip) {
    stats_.round_trip = std::chrono::duration_cast<std::chrono::microseconds>(round_trip);
  }
}

void RtpSender::OnNack(std::span<const SequenceNumber> lost, TimePoint now) {
  stats_.nacked += lost.size();
  const nanoseconds spacing = stats_.round_trip.count() > 0 ? nanoseconds(stats_.round_trip)
                                                            : nanoseconds(kDefaultRoundTrip);
  for (const SequenceNumber sequence : lost) {
    const RtpPacket* original = history_.TakeForResend(sequence, now, spacing);
    if (original == nullptr) continue;
    if (pacer_.Enqueue(Resend(*original), PacketPriority::kRetransmission, now)) {
      ++stats_.retransmitted;
    }
  }
}

PacketPtr RtpSender::Resend(const RtpPacket& original) {
  PacketPtr packet = pool_.Take();
  if (!options_.rtx_ssrc) {
    *packet = original;
    packet->KeepTransportSequence();
    return packet;
  }
  // RTX packets are rare and the first ones must identify the stream, so all of them do.
  const ExtensionValues values{
      .mid = options_.mid, .repaired_rid = options_.rid, .transport_seq = true};
  const RtpHeader header{.payload_type = *options_.rtx_payload_type,
                         .sequence = next_rtx_sequence_++,
                         .ssrc = *options_.rtx_ssrc};
  BuildRtx(original, header, options_.extensions, values, *packet);
  return packet;
}

bool RtpSender::OnFullIntraRequest(std::uint8_t command_sequence) {
  if (last_fir_ == command_sequence) return false;
  last_fir_ = command_sequence;
  ++stats_.fir;
  return true;
}

void RtpSender::ResetIdentification() {
  report_seen_ = false;
  identifying_since_.reset();
}

WallTime RtpSender::WallAt(TimePoint now) const {
  return clock_.wall_origin + std::chrono::duration_cast<WallClock::duration>(clock_.At(now));
}

SenderReport RtpSender::TakeReport(TimePoint now) {
  next_report_ = now + kReportInterval;
  history_.Expire(now);
  const std::int64_t ticks = ToRtpTicks(clock_.At(now) + rtp_offset_, options_.clock_rate);
  return {.ssrc = options_.ssrc,
          .ntp = ToNtp(WallAt(now)),
          .rtp_timestamp = options_.timestamp_base + static_cast<std::uint32_t>(ticks),
          .packet_count = static_cast<std::uint32_t>(stats_.packets),
          .octet_count = static_cast<std::uint32_t>(stats_.octets)};
}

}  // namespace ingress::rtp
