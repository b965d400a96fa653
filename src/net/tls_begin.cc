#include "net/tls_begin.h"

#include <string>

namespace ingress::net {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kMajorVersion = 3;
constexpr std::uint8_t kClientHello = 1;

}  // namespace

Result<void> TlsBegin::Add(ByteView bytes) {
  if (!verdict_ || bytes.empty()) return verdict_;
  if (!first_byte_) first_byte_ = bytes.front();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  for (const std::uint8_t byte : bytes) {
    if (whole()) return verdict_;
    verdict_ = Take(byte);
    if (!verdict_) return verdict_;
  }
  if (!whole() && bytes_.size() > kMaxBytes) {
    verdict_ = Fail(ErrorCode::kLimitExceeded, "the ClientHello comes in too many records");
  }
  return verdict_;
}

Result<void> TlsBegin::Take(std::uint8_t byte) {
  if (head_ < kRecordHead) return TakeRecordHead(byte);
  if (--record_left_ == 0) head_ = 0;
  return TakeMessage(byte);
}

Result<void> TlsBegin::TakeRecordHead(std::uint8_t byte) {
  switch (head_++) {
    case 0:
      if (byte == kHandshakeRecord) return {};
      if (message_ > 0) return Fail(ErrorCode::kMalformed, "the ClientHello breaks off");
      return Fail(ErrorCode::kUnsupported, "not TLS, the first byte is " + std::to_string(byte));
    case 1:
      if (byte == kMajorVersion) return {};
      return Fail(ErrorCode::kUnsupported, "not TLS, though the first byte is its");
    case 2:
      return {};
    default:
      record_left_ = (record_left_ << 8U) | byte;
  }
  if (head_ < kRecordHead || record_left_ > 0) return {};
  return Fail(ErrorCode::kMalformed, "a record of the ClientHello is empty");
}

Result<void> TlsBegin::TakeMessage(std::uint8_t byte) {
  if (message_ == 0 && byte != kClientHello) {
    return Fail(ErrorCode::kUnsupported, "TLS that does not begin with a ClientHello");
  }
  if (message_ > 0 && message_ < kMessageHead) length_ = (length_ << 8U) | byte;
  ++message_;
  if (message_ != kMessageHead || length_ <= kMaxHello) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "a ClientHello of " + std::to_string(length_) + " bytes is too long");
}

}  // namespace ingress::net
