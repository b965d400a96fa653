#include "rtp/receiver_rtcp.h"

#include "base/byte_writer.h"
#include "base/check.h"
#include "rtp/rtcp_types.h"
#include "rtp/rtcp_writer.h"

namespace ingress::rtp {
namespace {

constexpr std::size_t kReportBlockWords = 6;
constexpr std::uint32_t kRembIdentifier = 0x52454d42;  // "REMB"
constexpr unsigned kNackMaskBits = 16;  // packets after the first that an entry names

}  // namespace

void AppendReceiverReport(Bytes& out, std::uint32_t sender_ssrc,
                          std::span<const ReportBlock> blocks, std::string_view cname) {
  INGRESS_CHECK(blocks.size() <= kMaxReportBlocks);
  ByteWriter writer(out);
  WriteCommonHeader(writer, static_cast<std::uint8_t>(blocks.size()), kTypeReceiverReport,
                    1 + kReportBlockWords * blocks.size());
  writer.WriteU32(sender_ssrc);
  for (const ReportBlock& block : blocks) {
    writer.WriteU32(block.ssrc);
    writer.WriteU8(block.fraction_lost);
    writer.WriteU24(static_cast<std::uint32_t>(block.cumulative_lost));
    writer.WriteU32(block.highest_sequence);
    writer.WriteU32(block.jitter);
    writer.WriteU32(block.last_sr);
    writer.WriteU32(block.delay_since_last_sr);
  }
  AppendSdes(out, sender_ssrc, cname);
}

void AppendReferenceTime(Bytes& out, const ReceiverReferenceTime& time) {
  ByteWriter writer(out);
  WriteCommonHeader(writer, 0, kTypeExtendedReport, 4);
  writer.WriteU32(time.sender_ssrc);
  writer.WriteU8(kBlockReferenceTime);
  writer.WriteU8(0);
  writer.WriteU16(2);  // words
  writer.WriteU64(time.ntp.value);
}

void AppendGenericNack(Bytes& out, const GenericNack& nack) {
  if (nack.lost.empty()) return;
  struct Entry {
    SequenceNumber first = 0;
    std::uint16_t mask = 0;  // bit i: first + i + 1 is lost, too
  };
  std::vector<Entry> entries;
  for (const SequenceNumber lost : nack.lost) {
    const unsigned after =
        entries.empty() ? 0 : static_cast<SequenceNumber>(lost - entries.back().first);
    if (entries.empty() || after == 0 || after > kNackMaskBits) {
      entries.push_back({.first = lost});
    } else {
      entries.back().mask |= static_cast<std::uint16_t>(1U << (after - 1));
    }
  }
  ByteWriter writer(out);
  WriteCommonHeader(writer, kFormatGenericNack, kTypeTransportFeedback, 2 + entries.size());
  writer.WriteU32(nack.sender_ssrc);
  writer.WriteU32(nack.media_ssrc);
  for (const Entry& entry : entries) {
    writer.WriteU16(entry.first);
    writer.WriteU16(entry.mask);
  }
}

void AppendPictureLoss(Bytes& out, const PictureLoss& loss) {
  ByteWriter writer(out);
  WriteCommonHeader(writer, kFormatPictureLoss, kTypePayloadFeedback, 2);
  writer.WriteU32(loss.sender_ssrc);
  writer.WriteU32(loss.media_ssrc);
}

void AppendFullIntra(Bytes& out, const FullIntraRequest& request) {
  ByteWriter writer(out);
  WriteCommonHeader(writer, kFormatFullIntra, kTypePayloadFeedback, 4);
  writer.WriteU32(request.sender_ssrc);
  writer.WriteU32(0);  // unused (RFC 5104 §4.3.1.2)
  writer.WriteU32(request.media_ssrc);
  writer.WriteU8(request.command_sequence);
  writer.WriteU24(0);
}

void AppendMaxBitrate(Bytes& out, const MaxBitrate& remb) {
  constexpr std::uint64_t kMaxMantissa = 0x3ffff;
  std::uint64_t mantissa = remb.bitrate;
  std::uint32_t exponent = 0;
  for (; mantissa > kMaxMantissa; mantissa >>= 1) ++exponent;
  ByteWriter writer(out);
  WriteCommonHeader(writer, kFormatApplication, kTypePayloadFeedback, 4 + remb.ssrcs.size());
  writer.WriteU32(remb.sender_ssrc);
  writer.WriteU32(0);  // unused (§2.2)
  writer.WriteU32(kRembIdentifier);
  writer.WriteU8(static_cast<std::uint8_t>(remb.ssrcs.size()));
  writer.WriteU24(exponent << 18 | static_cast<std::uint32_t>(mantissa));
  for (const std::uint32_t ssrc : remb.ssrcs) writer.WriteU32(ssrc);
}

}  // namespace ingress::rtp
