#include <limits>
#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "rtp/nack_history.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_types.h"

namespace ingress::rtp {
namespace {

constexpr std::size_t kWord = 4;
constexpr std::uint32_t kRembIdentifier = 0x52454d42;  // "REMB"

/// One RTCP packet of a compound.
struct Packet {
  std::uint8_t count = 0;  // report count, source count or feedback format
  std::uint8_t type = 0;
  ByteView body;  // after the common header, without padding
};

std::unexpected<Error> Malformed(std::string_view what, std::size_t size) {
  return Fail(ErrorCode::kMalformed,
              "rtcp: " + std::string(what) + " of " + std::to_string(size) + " bytes");
}

Result<Packet> ReadPacket(ByteReader& reader) {
  const std::uint8_t first = reader.ReadU8();
  Packet packet;
  packet.type = reader.ReadU8();
  packet.count = first & 0x1f;
  const std::size_t size = kWord * reader.ReadU16();
  packet.body = reader.ReadBytes(size);
  if (!reader.ok() || first >> 6 != 2) return Malformed("packet", size + kWord);
  if ((first & 0x20) != 0) {
    const std::size_t padding = packet.body.empty() ? 0 : packet.body.back();
    if (padding == 0 || padding > packet.body.size()) return Malformed("padding", padding);
    packet.body = packet.body.first(packet.body.size() - padding);
  }
  return packet;
}

std::int32_t SignExtend24(std::uint32_t value) {
  return (value & 0x800000U) != 0 ? static_cast<std::int32_t>(value) - 0x1000000
                                  : static_cast<std::int32_t>(value);
}

/// Collects the messages of one datagram.
class Parser {
 public:
  Result<void> Parse(const Packet& packet) {
    switch (packet.type) {
      case kTypeSenderReport:
      case kTypeReceiverReport:
        return ParseReport(packet);
      case kTypeGoodbye:
        return ParseGoodbye(packet);
      case kTypeTransportFeedback:
      case kTypePayloadFeedback:
        return ParseFeedback(packet);
      case kTypeExtendedReport:
        return ParseExtendedReport(packet);
      default:
        return {};
    }
  }

  std::vector<RtcpMessage> Take() { return std::move(messages_); }

 private:
  Result<void> Add(RtcpMessage message) {
    if (messages_.size() == kMaxRtcpMessages) {
      return Fail(ErrorCode::kLimitExceeded,
                  "rtcp: more than " + std::to_string(kMaxRtcpMessages) + " messages");
    }
    messages_.push_back(std::move(message));
    return {};
  }

  Result<void> ParseReport(const Packet& packet) {
    ByteReader reader(packet.body);
    const std::uint32_t sender = reader.ReadU32();
    if (packet.type == kTypeSenderReport) {
      SenderReport report{.ssrc = sender, .ntp = {reader.ReadU64()}};
      report.rtp_timestamp = reader.ReadU32();
      report.packet_count = reader.ReadU32();
      report.octet_count = reader.ReadU32();
      if (!reader.ok()) return Malformed("report", packet.body.size());
      if (auto added = Add(report); !added) return added;
    }
    for (int i = 0; i < packet.count; ++i) {
      ReportBlock block{.sender_ssrc = sender, .ssrc = reader.ReadU32()};
      block.fraction_lost = reader.ReadU8();
      block.cumulative_lost = SignExtend24(reader.ReadU24());
      block.highest_sequence = reader.ReadU32();
      block.jitter = reader.ReadU32();
      block.last_sr = reader.ReadU32();
      block.delay_since_last_sr = reader.ReadU32();
      if (!reader.ok()) break;
      if (auto added = Add(block); !added) return added;
    }
    if (!reader.ok()) return Malformed("report", packet.body.size());
    return {};
  }

  Result<void> ParseGoodbye(const Packet& packet) {
    if (packet.body.size() < kWord * packet.count) return Malformed("BYE", packet.body.size());
    ByteReader reader(packet.body);
    Goodbye bye;
    for (int i = 0; i < packet.count; ++i) bye.ssrcs.push_back(reader.ReadU32());
    return Add(std::move(bye));
  }

  /// RFC 4585 §6.1: both feedback types start with the two SSRCs.
  Result<void> ParseFeedback(const Packet& packet) {
    ByteReader reader(packet.body);
    const std::uint32_t sender = reader.ReadU32();
    const std::uint32_t media = reader.ReadU32();
    if (!reader.ok()) return Malformed("feedback", packet.body.size());
    const ByteView fci = reader.rest();
    if (packet.type == kTypeTransportFeedback) {
      if (packet.count == kFormatGenericNack) return ParseNack(sender, media, fci);
      if (packet.count == kFormatTransportWide) return ParseTransportWide(sender, media, fci);
      return {};
    }
    switch (packet.count) {
      case kFormatPictureLoss:
        return Add(PictureLoss{.sender_ssrc = sender, .media_ssrc = media});
      case kFormatFullIntra:
        return ParseFullIntra(sender, fci);
      case kFormatApplication:
        return ParseApplication(sender, fci);
      default:
        return {};
    }
  }

  Result<void> ParseNack(std::uint32_t sender, std::uint32_t media, ByteView fci) {
    auto lost = ParseGenericNack(fci);
    if (!lost) return std::unexpected(std::move(lost.error()));
    return Add(GenericNack{.sender_ssrc = sender, .media_ssrc = media, .lost = *std::move(lost)});
  }

  Result<void> ParseTransportWide(std::uint32_t sender, std::uint32_t media, ByteView fci) {
    auto feedback = ParseTransportFeedback(fci);
    if (!feedback) return std::unexpected(std::move(feedback.error()));
    feedback->sender_ssrc = sender;
    feedback->media_ssrc = media;
    return Add(*std::move(feedback));
  }

  Result<void> ParseFullIntra(std::uint32_t sender, ByteView fci) {
    constexpr std::size_t kEntrySize = 8;  // SSRC, sequence number, 24 reserved bits
    if (fci.empty() || fci.size() % kEntrySize != 0) return Malformed("FIR", fci.size());
    ByteReader reader(fci);
    while (reader.remaining() > 0) {
      FullIntraRequest request{.sender_ssrc = sender, .media_ssrc = reader.ReadU32()};
      request.command_sequence = reader.ReadU8();
      reader.Skip(3);
      if (auto added = Add(request); !added) return added;
    }
    return {};
  }

  Result<void> ParseApplication(std::uint32_t sender, ByteView fci) {
    ByteReader reader(fci);
    if (reader.ReadU32() != kRembIdentifier) return {};
    const std::size_t count = reader.ReadU8();
    const std::uint32_t packed = reader.ReadU24();  // 6 bits of exponent, 18 of mantissa
    if (!reader.ok() || reader.remaining() < kWord * count) return Malformed("REMB", fci.size());
    const unsigned exponent = packed >> 18;
    const std::uint64_t mantissa = packed & 0x3ffff;
    MaxBitrate remb{.sender_ssrc = sender};
    remb.bitrate = mantissa > std::numeric_limits<std::uint64_t>::max() >> exponent
                       ? std::numeric_limits<std::uint64_t>::max()
                       : mantissa << exponent;
    for (std::size_t i = 0; i < count; ++i) remb.ssrcs.push_back(reader.ReadU32());
    return Add(std::move(remb));
  }

  /// RFC 3611 §3: blocks of type, a type-specific byte, length in words.
  Result<void> ParseExtendedReport(const Packet& packet) {
    ByteReader reader(packet.body);
    const std::uint32_t sender = reader.ReadU32();
    while (reader.ok() && reader.remaining() > 0) {
      const std::uint8_t type = reader.ReadU8();
      reader.Skip(1);
      const ByteView block = reader.ReadBytes(kWord * reader.ReadU16());
      if (!reader.ok()) break;
      if (type == kBlockReferenceTime) {
        ByteReader content(block);
        const ReceiverReferenceTime time{.sender_ssrc = sender, .ntp = {content.ReadU64()}};
        if (!content.ok()) return Malformed("RRTR block", block.size());
        if (auto added = Add(time); !added) return added;
      } else if (type == kBlockDlrr) {
        if (auto added = ParseDlrr(block); !added) return added;
      }
    }
    if (!reader.ok()) return Malformed("XR", packet.body.size());
    return {};
  }

  Result<void> ParseDlrr(ByteView block) {
    ByteReader reader(block);
    while (reader.remaining() > 0) {
      DlrrEntry entry{.ssrc = reader.ReadU32()};
      entry.last_rr = reader.ReadU32();
      entry.delay = reader.ReadU32();
      if (!reader.ok()) return Malformed("DLRR block", block.size());
      if (auto added = Add(entry); !added) return added;
    }
    return {};
  }

  std::vector<RtcpMessage> messages_;
};

}  // namespace

Result<std::vector<RtcpMessage>> ParseRtcp(ByteView datagram) {
  if (datagram.empty()) return Malformed("datagram", 0);
  if (datagram.size() > kMaxRtcpSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtcp: datagram of " + std::to_string(datagram.size()) + " bytes");
  }
  ByteReader reader(datagram);
  Parser parser;
  while (reader.remaining() > 0) {
    const auto packet = ReadPacket(reader);
    if (!packet) return std::unexpected(packet.error());
    if (auto parsed = parser.Parse(*packet); !parsed) return std::unexpected(parsed.error());
  }
  return parser.Take();
}

}  // namespace ingress::rtp
