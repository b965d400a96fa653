#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/keys.h"

struct srtp_ctx_t_;

namespace ingress::whip_transport {

/// Opens the RTP that a client sends (RFC 3711), by libsrtp: packets come out of order, late and
/// twice, in up to kMaxStreams streams. Not thread-safe.
class SrtpInbound {
 public:
  /// SSRCs of one session: four layers, their retransmissions, audio, and some that replace others.
  static constexpr std::size_t kMaxStreams = 32;
  /// Packets by which one may come late. One that is sent again is as old as the NACK, the round
  /// trip and the queue behind a narrow uplink make it; a window of 64 would throw it away as a
  /// replay.
  static constexpr unsigned long kWindow = 2048;

  /// Says why a packet was not opened.
  enum class Refusal : std::uint8_t {
    kMalformed,
    kForged,    // the tag is wrong
    kReplayed,  // has come already; clients that send again without RTX cause some
    kTooLate,   // beyond the window
    kTooManyStreams,
    kFailed,  // in the library
  };

  /// `key`: master key and salt as in srtp::Keys.
  /// Errors: kMalformed for a key of another profile, kInternal with the number of libsrtp's error.
  static Result<SrtpInbound> Make(srtp::Profile profile, ByteView key);

  /// Checks and decrypts in place; returns the size of the RTP packet, at the beginning. After a
  /// refusal the bytes are unspecified.
  ///
  /// Only an authentic packet makes a stream known, so that forged ones take no memory.
  std::expected<std::size_t, Refusal> Open(std::span<std::uint8_t> packet);

 private:
  struct Deleter {
    void operator()(srtp_ctx_t_* session) const;
  };
  using Session = std::unique_ptr<srtp_ctx_t_, Deleter>;

  explicit SrtpInbound(Session session) : session_(std::move(session)) {}

  Session session_;
  std::vector<std::uint32_t> streams_;  // SSRCs of authentic packets
};

/// Names it for metrics and logs.
std::string_view ToString(SrtpInbound::Refusal refusal);

}  // namespace ingress::whip_transport
