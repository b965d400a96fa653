#include "rtp/rtcp.h"

#include "base/byte_writer.h"
#include "rtp/rtcp_types.h"
#include "rtp/rtcp_writer.h"

namespace ingress::rtp {
namespace {

constexpr std::size_t kWord = 4;
constexpr std::uint16_t kSenderReportLength = 6;  // words after the first, without report blocks
constexpr std::uint16_t kDlrrEntryLength = 3;     // words

}  // namespace

void AppendSenderReport(Bytes& out, const SenderReport& report, std::string_view cname) {
  ByteWriter writer(out);
  WriteCommonHeader(writer, 0, kTypeSenderReport, kSenderReportLength);
  writer.WriteU32(report.ssrc);
  writer.WriteU64(report.ntp.value);
  writer.WriteU32(report.rtp_timestamp);
  writer.WriteU32(report.packet_count);
  writer.WriteU32(report.octet_count);
  AppendSdes(out, report.ssrc, cname);
}

void AppendDlrr(Bytes& out, std::uint32_t sender_ssrc, std::span<const DlrrEntry> entries) {
  const auto block = static_cast<std::uint16_t>(entries.size() * kDlrrEntryLength);
  ByteWriter writer(out);
  WriteCommonHeader(writer, 0, kTypeExtendedReport, static_cast<std::uint16_t>(block + 2));
  writer.WriteU32(sender_ssrc);
  writer.WriteU8(kBlockDlrr);
  writer.WriteU8(0);
  writer.WriteU16(block);
  for (const DlrrEntry& entry : entries) {
    writer.WriteU32(entry.ssrc);
    writer.WriteU32(entry.last_rr);
    writer.WriteU32(entry.delay);
  }
}

bool IsRtcp(ByteView datagram) {
  constexpr std::uint8_t kFirst = 192;
  constexpr std::uint8_t kLast = 223;
  return datagram.size() >= kWord && datagram[1] >= kFirst && datagram[1] <= kLast;
}

}  // namespace ingress::rtp
