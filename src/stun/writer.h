#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hmac_sha1.h"
#include "stun/message.h"

namespace ingress::stun {

/// Writes one message: the header, attributes in the order in which they are added, and at the end
/// what authenticates it, if anything does.
class Writer {
 public:
  Writer(Class message_class, std::uint16_t method, const TransactionId& id);

  /// IPv4 where the address is a mapped one.
  void AddXorMappedAddress(const TransportAddress& address);
  /// `code`: 300 to 699; `reason`: at most 127 characters, for people.
  void AddErrorCode(int code, std::string_view reason);
  void AddUnknownAttributes(const UnknownAttributes& unknown);
  /// One that has no call of its own; `value` has at most 65 535 bytes.
  void Add(std::uint16_t type, ByteView value);

  /// The whole message without either, as STUN servers take it; the last call.
  Bytes FinishPlain() { return std::move(message_); }

  /// The whole message, with MESSAGE-INTEGRITY by `key` and FINGERPRINT; the last call.
  /// Errors: kInternal when OpenSSL fails.
  Result<Bytes> Finish(const crypto::HmacSha1& key);

 private:
  void SetLength(std::size_t length);

  TransactionId id_;
  Bytes message_;
};

}  // namespace ingress::stun
