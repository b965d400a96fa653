#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/cipher.h"
#include "srtp/index_guard.h"

namespace ingress::srtp {

/// Protects the RTP and RTCP that we send (RFC 3711), whatever the SSRC.
///
/// Sans-IO, not thread-safe. Allocates only when it meets an SSRC for the first time.
class Outbound {
 public:
  /// Bytes that protection may append.
  static constexpr std::size_t kMaxOverhead = 20;
  /// SSRCs of one session. They are never forgotten: counting one from the start again would
  /// encrypt twice with the same key stream.
  static constexpr std::size_t kMaxStreams = 1024;

  /// `key`: master key and salt as in Keys.
  /// Errors: those of Cipher::Make().
  static Result<Outbound> Make(Profile profile, ByteView key);

  /// Writes the protected packet into `out`, which has kMaxOverhead more bytes than `packet` and
  /// either begins with it or does not overlap it. Returns the size.
  ///
  /// The packets of an SSRC come in order. An older one may be protected again, for a
  /// retransmission, when it is the very same packet to the last bit.
  /// Errors: kConflict for another packet with an index that was used, or may have been; `out` is
  /// then overwritten. kMalformed for a header that does not fit, kLimitExceeded when there is no
  /// room for the tag, the SSRC or its next index, kInternal when OpenSSL fails.
  Result<std::size_t> ProtectRtp(ByteView packet, std::span<std::uint8_t> out);
  Result<std::size_t> ProtectRtcp(ByteView packet, std::span<std::uint8_t> out);

 private:
  struct Stream {
    std::uint32_t ssrc = 0;
    IndexGuard rtp{};
    std::uint32_t next_rtcp = 0;  // index
  };

  Outbound(std::unique_ptr<Cipher> rtp, std::unique_ptr<Cipher> rtcp)
      : rtp_(std::move(rtp)), rtcp_(std::move(rtcp)) {}

  /// Null when there are too many.
  Stream* StreamOf(std::uint32_t ssrc);

  std::unique_ptr<Cipher> rtp_;
  std::unique_ptr<Cipher> rtcp_;
  std::vector<Stream> streams_;  // in order of appearance
};

}  // namespace ingress::srtp
