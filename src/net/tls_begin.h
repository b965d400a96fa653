#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::net {

/// Looks at how a TLS client begins, before OpenSSL makes room for what it announces: OpenSSL takes
/// 128 KiB on the word of nine bytes.
///
/// Sans-IO. Sees the client's bytes as they come, in any pieces.
class TlsBegin {
 public:
  /// Of a ClientHello. Those with key shares that withstand quantum computers have about 2 KiB.
  static constexpr std::size_t kMaxHello = 16 * 1024;

  /// Errors: kUnsupported for what is no ClientHello, kLimitExceeded for a longer one. The first
  /// one stays.
  Result<void> Look(ByteView bytes);

  std::optional<std::uint8_t> first_byte() const {
    return size_ == 0 ? std::nullopt : std::optional(head_[0]);
  }

 private:
  Result<void> Check() const;

  std::array<std::uint8_t, 9> head_{};  // of the record five, of the message four bytes
  std::size_t size_ = 0;
  Result<void> verdict_;
};

}  // namespace ingress::net
