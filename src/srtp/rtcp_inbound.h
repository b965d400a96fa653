#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/cipher.h"
#include "srtp/replay_window.h"

namespace ingress::srtp {

/// Opens the RTCP that the peer sends (RFC 3711 §3.4), whatever the SSRC. A publisher receives no
/// RTP. Sans-IO, not thread-safe. Allocates only when it meets an SSRC for the first time.
class RtcpInbound {
 public:
  /// SSRCs that the peer may report from, over the whole session. An SFU takes a new one a track or
  /// two; forgetting one would let its packets be replayed.
  static constexpr std::size_t kMaxSenders = 1024;

  /// `key`: master key and salt as in Keys.
  /// Errors: those of Cipher::Make().
  static Result<RtcpInbound> Make(Profile profile, ByteView key);

  /// Checks and decrypts in place, and cuts off tag and index.
  /// Errors: kMalformed when the packet is too short, kUnauthorized when the tag is wrong, the
  /// packet a replay or not encrypted, kLimitExceeded for an SSRC too many. The bytes are then
  /// unspecified.
  Result<void> Unprotect(Bytes& packet);

 private:
  struct Sender {
    std::uint32_t ssrc = 0;
    ReplayWindow window{};
  };

  explicit RtcpInbound(std::unique_ptr<Cipher> cipher) : cipher_(std::move(cipher)) {}

  Sender* Find(std::uint32_t ssrc);

  std::unique_ptr<Cipher> cipher_;
  std::vector<Sender> senders_;  // of authenticated packets only, in order of appearance
};

}  // namespace ingress::srtp
