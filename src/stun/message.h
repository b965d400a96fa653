#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hmac_sha1.h"
#include "stun/attribute.h"
#include "stun/transport_address.h"

namespace ingress::stun {

enum class Class : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

using TransactionId = std::array<std::uint8_t, 12>;

/// Attribute types that a request needs understood and that we do not understand; those beyond
/// kMax are left out, one is enough to refuse it.
struct UnknownAttributes {
  static constexpr std::size_t kMax = 8;
  std::array<std::uint16_t, kMax> types{};
  std::size_t count = 0;
};

/// A message as far as ICE reads it; views point into the bytes that were parsed.
///
/// What stands behind MESSAGE-INTEGRITY is not authenticated and was passed over, and so was each
/// attribute that stands there a second time (RFC 8489 §14).
struct Message {
  std::uint16_t method = 0;
  Class message_class = Class::kRequest;
  TransactionId id{};
  std::string_view username{};  // empty: none
  std::optional<std::uint32_t> priority{};
  bool use_candidate = false;
  bool ice_controlling = false;
  bool ice_controlled = false;
  std::optional<TransportAddress> mapped_address{};  // XOR-MAPPED-ADDRESS
  int error_code = 0;                                // 300 to 699; zero: none
  std::optional<std::size_t> integrity_at{};         // where the attribute begins
  UnknownAttributes unknown{};
};

/// Says whether a datagram that shares its port with DTLS and RTP is STUN (RFC 7983 §7).
constexpr bool LooksLikeStun(ByteView datagram) { return !datagram.empty() && datagram[0] <= 3; }

/// Reads a whole datagram. Allocates nothing but the text of an error.
/// Errors: kMalformed for lengths that do not fit, another cookie, a FINGERPRINT that is wrong or
/// not the last attribute, an attribute of ours that has another size; kLimitExceeded for a
/// USERNAME above kMaxUsernameSize.
Result<Message> Parse(ByteView datagram);

/// Says whether `message`, which was parsed from `datagram`, carries the MESSAGE-INTEGRITY that
/// `key` makes (RFC 8489 §14.5). Compares in constant time.
bool HasIntegrity(ByteView datagram, const Message& message, const crypto::HmacSha1& key);

}  // namespace ingress::stun
