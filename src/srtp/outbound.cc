#include "srtp/outbound.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>

#include "base/big_endian.h"
#include "srtp/index.h"
#include "srtp/wire.h"

namespace ingress::srtp {
namespace {

constexpr std::uint64_t kMaxRtpIndex = (std::uint64_t{1} << 48) - 1;   // RFC 3711 §9.2
constexpr std::uint32_t kMaxRtcpIndex = (std::uint32_t{1} << 31) - 1;  // likewise
constexpr std::size_t kFixedHeaderSize = 12;
constexpr std::size_t kSequenceAt = 2;
constexpr std::size_t kSsrcAt = 8;
constexpr std::size_t kRtcpSsrcAt = 4;
constexpr std::size_t kExtensionHeaderSize = 4;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kCsrcCountMask = 0x0f;
constexpr std::size_t kTagPart = 4;  // bytes at the end of both transforms' tags

/// What stays readable of an RTP packet: header, CSRCs and extension (RFC 3550 §5.1, §5.3.1).
/// Empty when the packet ends before it.
std::optional<std::size_t> HeaderSize(ByteView packet) {
  if (packet.size() < kFixedHeaderSize) return std::nullopt;
  std::size_t size = kFixedHeaderSize + std::size_t{4} * (packet[0] & kCsrcCountMask);
  if ((packet[0] & kExtensionBit) != 0) {
    if (packet.size() < size + kExtensionHeaderSize) return std::nullopt;
    const auto words = LoadBigEndian<std::uint16_t>(packet.subspan(size + 2));
    size += kExtensionHeaderSize + std::size_t{4} * words;
  }
  if (packet.size() < size) return std::nullopt;
  return size;
}

bool HasRoom(ByteView packet, std::span<const std::uint8_t> out) {
  return out.size() >= packet.size() + Outbound::kMaxOverhead;
}

std::unexpected<Error> NoRoom() { return Fail(ErrorCode::kLimitExceeded, "srtp: no room for tag"); }
std::unexpected<Error> TooManyStreams() {
  return Fail(ErrorCode::kLimitExceeded, "srtp: too many SSRCs");
}

}  // namespace

Result<Outbound> Outbound::Make(Profile profile, ByteView key) {
  auto rtp = Cipher::Make(profile, key, Half::kRtp);
  if (!rtp) return std::unexpected(rtp.error());
  auto rtcp = Cipher::Make(profile, key, Half::kRtcp);
  if (!rtcp) return std::unexpected(rtcp.error());
  return Outbound(std::move(*rtp), std::move(*rtcp));
}

Result<std::size_t> Outbound::ProtectRtp(ByteView packet, std::span<std::uint8_t> out) {
  const auto header_size = HeaderSize(packet);
  if (!header_size) {
    return Fail(ErrorCode::kMalformed,
                "srtp: RTP header of " + std::to_string(packet.size()) + " bytes");
  }
  if (!HasRoom(packet, out)) return NoRoom();
  const auto ssrc = LoadBigEndian<std::uint32_t>(packet.subspan(kSsrcAt));
  Stream* stream = StreamOf(ssrc);
  if (stream == nullptr) return TooManyStreams();

  const auto sequence = LoadBigEndian<std::uint16_t>(packet.subspan(kSequenceAt));
  const auto newest = stream->rtp.newest();
  const std::uint64_t index = newest ? GuessIndex(*newest, sequence) : sequence;
  if (index > kMaxRtpIndex) return Fail(ErrorCode::kLimitExceeded, "srtp: key used up");
  auto size = rtp_->SealRtp({.ssrc = ssrc, .index = index}, packet, *header_size, out);
  if (!size) return size;
  const ByteView sealed = out.first(*size);
  const auto tag = LoadBigEndian<std::uint32_t>(sealed.last(kTagPart));
  const IndexGuard::Verdict verdict = stream->rtp.Judge(index, tag);
  if (verdict == IndexGuard::Verdict::kNew || verdict == IndexGuard::Verdict::kRepeat) return size;
  OPENSSL_cleanse(out.data(), *size);
  return Fail(ErrorCode::kConflict,
              verdict == IndexGuard::Verdict::kDifferent
                  ? "srtp: another packet has sequence number " + std::to_string(sequence)
                  : "srtp: sequence number " + std::to_string(sequence) + " is too old to tell");
}

Result<std::size_t> Outbound::ProtectRtcp(ByteView packet, std::span<std::uint8_t> out) {
  if (packet.size() < kRtcpHeaderSize) {
    return Fail(ErrorCode::kMalformed,
                "srtp: RTCP packet of " + std::to_string(packet.size()) + " bytes");
  }
  if (!HasRoom(packet, out)) return NoRoom();
  const auto ssrc = LoadBigEndian<std::uint32_t>(packet.subspan(kRtcpSsrcAt));
  Stream* stream = StreamOf(ssrc);
  if (stream == nullptr) return TooManyStreams();
  if (stream->next_rtcp > kMaxRtcpIndex)
    return Fail(ErrorCode::kLimitExceeded, "srtp: key used up");
  return rtcp_->SealRtcp({.ssrc = ssrc, .index = stream->next_rtcp++}, packet, out);
}

Outbound::Stream* Outbound::StreamOf(std::uint32_t ssrc) {
  // The last to appear are those that still send.
  const auto from_last = std::views::reverse(streams_);
  const auto found = std::ranges::find(from_last, ssrc, &Stream::ssrc);
  if (found != from_last.end()) return &*found;
  if (streams_.size() == kMaxStreams) return nullptr;
  return &streams_.emplace_back(Stream{.ssrc = ssrc});
}

}  // namespace ingress::srtp
