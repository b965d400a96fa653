#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace ingress::rtmp {

constexpr std::size_t kHandshakeBlockSize = 1536;
constexpr std::size_t kDigestSize = 32;

using HandshakeBlock = std::span<std::uint8_t, kHandshakeBlockSize>;
using HandshakeBlockView = std::span<const std::uint8_t, kHandshakeBlockSize>;
using Digest = std::array<std::uint8_t, kDigestSize>;

/// Where in the block the digest lies. Introduced by Flash Player 9; in no specification.
enum class DigestScheme { kA, kB };

/// The digest that a client of the "complex" handshake put into C1.
struct ClientDigest {
  DigestScheme scheme = DigestScheme::kA;
  Digest digest{};
};

/// Looks for a valid digest by scheme A, then B; empty for a client of the simple handshake.
std::optional<ClientDigest> FindClientDigest(HandshakeBlockView c1);

/// Puts the server's digest into `s1`, whose other bytes are final.
void SignS1(HandshakeBlock s1, DigestScheme scheme);

/// Writes the signature over the other bytes of `s2` into its last 32.
void SignS2(HandshakeBlock s2, const Digest& client_digest);

/// The digest that a client computes for its C1, and the bytes where it goes. For tests.
Digest ComputeClientDigest(HandshakeBlockView c1, DigestScheme scheme);
std::size_t DigestOffset(HandshakeBlockView block, DigestScheme scheme);

/// The digest a server must have put into `s1`. For tests.
Digest ComputeServerDigest(HandshakeBlockView s1, DigestScheme scheme);

/// The signature a server must have put at the end of `s2`. For tests.
Digest ComputeS2Signature(HandshakeBlockView s2, const Digest& client_digest);

}  // namespace ingress::rtmp
