#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/srtp_keys.h"

namespace ingress::rtc {

/// Runs libsrtp's self-tests, which take tens of milliseconds, unless they have run already. Any
/// thread. Errors: kInternal when one fails.
Result<void> InitSrtp();

/// One direction of SRTP and SRTCP (RFC 3711), whatever the SSRC.
///
/// Sending and receiving are separate sessions even with one peer: the SFU's RTCP names our own
/// SSRCs as sender, which a shared context takes for a collision.
/// Not thread-safe.
class SrtpSession {
 public:
  enum class Direction { kOutbound, kInbound };

  /// `key`: master key and salt as in SrtpKeys.
  /// Errors: kMalformed for a key of the wrong size, kInternal with libsrtp's status.
  static Result<SrtpSession> Make(Direction direction, SrtpProfile profile, ByteView key);

  /// Bytes that protection may append.
  static constexpr std::size_t kMaxOverhead = 20;

  /// Encrypts the packet in the first `size` bytes of `buffer` in place and appends the tag; the
  /// buffer needs kMaxOverhead more bytes. A sequence number may be protected again, for a
  /// retransmission with the very same packet.
  /// Returns the new size. Errors: kInternal with libsrtp's status; the bytes are then unspecified.
  Result<std::size_t> ProtectRtp(std::span<std::uint8_t> buffer, std::size_t size);
  Result<std::size_t> ProtectRtcp(std::span<std::uint8_t> buffer, std::size_t size);

  /// Checks and decrypts in place, and cuts off the tag.
  /// Errors: kUnauthorized when the tag is wrong or the packet a replay, kMalformed otherwise.
  Result<void> UnprotectRtp(Bytes& packet);
  Result<void> UnprotectRtcp(Bytes& packet);

 private:
  struct Deleter {
    void operator()(srtp_t session) const { srtp_dealloc(session); }
  };
  using Handle = std::unique_ptr<srtp_ctx_t, Deleter>;

  explicit SrtpSession(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace ingress::rtc
