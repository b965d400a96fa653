#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_writer.h"
#include "base/bytes.h"
#include "rtp/rtcp_types.h"

namespace ingress::rtp {

// What senders' and receivers' packets have in common.

/// The first word of a packet (RFC 3550 §6.4.1). `count`: reports, sources or feedback format;
/// `words`: those that follow.
inline void WriteCommonHeader(ByteWriter& writer, std::uint8_t count, std::uint8_t type,
                              std::size_t words) {
  writer.WriteU8(kRtcpVersion | count);
  writer.WriteU8(type);
  writer.WriteU16(static_cast<std::uint16_t>(words));
}

/// A source description with the CNAME (RFC 3550 §6.5), of which at most 255 bytes are sent.
inline void AppendSdes(Bytes& out, std::uint32_t ssrc, std::string_view cname) {
  constexpr std::size_t kWord = 4;
  constexpr std::uint8_t kCname = 1;  // §6.5.1
  constexpr std::size_t kMaxCname = 255;
  cname = cname.substr(0, kMaxCname);
  // SSRC, item type, item length, text, then one to four zero bytes up to the word (§6.5).
  const std::size_t chunk = (kWord + 2 + cname.size()) / kWord * kWord + kWord;
  ByteWriter writer(out);
  WriteCommonHeader(writer, 1, kTypeSdes, chunk / kWord);
  const std::size_t end = out.size() + chunk;
  writer.WriteU32(ssrc);
  writer.WriteU8(kCname);
  writer.WriteU8(static_cast<std::uint8_t>(cname.size()));
  writer.WriteText(cname);
  out.resize(end, 0);
}

}  // namespace ingress::rtp
