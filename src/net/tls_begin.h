#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::net {

/// Collects a TLS client's first message, the ClientHello, so that OpenSSL is asked once it is
/// whole: until then OpenSSL would keep 60 KiB for a few bytes, and 128 KiB on the word of nine.
///
/// Sans-IO. Sees the client's bytes as they come, in any pieces.
class TlsBegin {
 public:
  /// Of a ClientHello. Those with key shares that withstand quantum computers have about 2 KiB.
  static constexpr std::size_t kMaxHello = 16 * 1024;
  /// Of the records that carry it (RFC 8446 §5.1), which may be many small ones.
  static constexpr std::size_t kMaxBytes = 2 * kMaxHello;

  /// Errors: kUnsupported for what is no ClientHello, kMalformed for records without content,
  /// kLimitExceeded for too many bytes. The first one stays.
  Result<void> Add(ByteView bytes);

  /// The ClientHello has come to its end.
  bool whole() const { return message_ == kMessageHead + length_; }

  /// All bytes so far, and what memory they take.
  ByteView bytes() const { return bytes_; }
  std::size_t memory() const { return bytes_.capacity(); }
  void Forget() { Bytes().swap(bytes_); }

  std::optional<std::uint8_t> first_byte() const { return first_byte_; }

 private:
  static constexpr std::size_t kRecordHead = 5;   // type, version (2), length (2)
  static constexpr std::size_t kMessageHead = 4;  // type, length (3)

  Result<void> Take(std::uint8_t byte);
  Result<void> TakeRecordHead(std::uint8_t byte);
  Result<void> TakeMessage(std::uint8_t byte);

  Bytes bytes_;
  std::optional<std::uint8_t> first_byte_;
  std::size_t head_ = 0;         // bytes of the record's head
  std::size_t record_left_ = 0;  // bytes of its content to come
  std::size_t message_ = 0;      // bytes of the ClientHello with its head
  std::size_t length_ = 0;       // of the ClientHello, once its head is there
  Result<void> verdict_;
};

}  // namespace ingress::net
