#include "net/tls_begin.h"

#include <algorithm>
#include <string>

namespace ingress::net {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kMajorVersion = 3;
constexpr std::uint8_t kClientHello = 1;
// Offsets.
constexpr std::size_t kVersion = 1;
constexpr std::size_t kMessage = 5;
constexpr std::size_t kLength = 6;

}  // namespace

Result<void> TlsBegin::Look(ByteView bytes) {
  if (size_ == head_.size() || !verdict_) return verdict_;
  const std::size_t taken = std::min(bytes.size(), head_.size() - size_);
  std::copy_n(bytes.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += taken;
  verdict_ = Check();
  return verdict_;
}

Result<void> TlsBegin::Check() const {
  if (size_ > 0 && head_[0] != kHandshakeRecord) {
    return Fail(ErrorCode::kUnsupported, "not TLS, the first byte is " + std::to_string(head_[0]));
  }
  if (size_ > kVersion && head_[kVersion] != kMajorVersion) {
    return Fail(ErrorCode::kUnsupported, "not TLS, though the first byte is its");
  }
  if (size_ > kMessage && head_[kMessage] != kClientHello) {
    return Fail(ErrorCode::kUnsupported, "TLS that does not begin with a ClientHello");
  }
  if (size_ < head_.size()) return {};
  const std::size_t length = (std::size_t{head_[kLength]} << 16U) |
                             (std::size_t{head_[kLength + 1]} << 8U) | head_[kLength + 2];
  if (length > kMaxHello) {
    return Fail(ErrorCode::kLimitExceeded,
                "a ClientHello of " + std::to_string(length) + " bytes is too long");
  }
  return {};
}

}  // namespace ingress::net
