#include "relay_client/chunked_body.h"

#include <optional>

namespace ingress::relay_client {
namespace {

constexpr std::uint8_t kReturn = '\r';
constexpr std::uint8_t kLineFeed = '\n';
constexpr int kBitsPerDigit = 4;

std::optional<std::size_t> HexValue(std::uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return std::nullopt;
}

}  // namespace

Result<void> ChunkedBody::Step(std::uint8_t byte) {
  switch (state_) {
    case State::kSize:
      return OnSizeByte(byte);
    case State::kExtension:
      if (byte == kLineFeed) return EndSizeLine();
      if (++line_ > kMaxLine) return Fail(ErrorCode::kLimitExceeded, "http: chunk line");
      return {};
    case State::kContentEnd:
      if (byte == kReturn) return {};
      if (byte != kLineFeed) return Fail(ErrorCode::kMalformed, "http: no line end after a chunk");
      state_ = State::kSize;
      digits_ = 0;
      return {};
    case State::kTrailer:
      return OnTrailerByte(byte);
    case State::kContent:
    case State::kDone:
      break;
  }
  return {};
}

Result<void> ChunkedBody::OnSizeByte(std::uint8_t byte) {
  if (const auto value = HexValue(byte)) {
    left_ = left_ << kBitsPerDigit | *value;
    ++digits_;
    if (left_ > kMaxChunk) return Fail(ErrorCode::kLimitExceeded, "http: chunk size");
    if (digits_ > kMaxLine) return Fail(ErrorCode::kLimitExceeded, "http: chunk line");
    return {};
  }
  if (digits_ == 0) return Fail(ErrorCode::kMalformed, "http: chunk without a size");
  if (byte == kLineFeed) return EndSizeLine();
  if (byte != kReturn && byte != ';' && byte != ' ' && byte != '\t') {
    return Fail(ErrorCode::kMalformed, "http: chunk size");
  }
  state_ = State::kExtension;
  line_ = 0;
  return {};
}

Result<void> ChunkedBody::EndSizeLine() {
  state_ = left_ == 0 ? State::kTrailer : State::kContent;
  line_ = 0;
  return {};
}

/// Field lines until an empty one.
Result<void> ChunkedBody::OnTrailerByte(std::uint8_t byte) {
  if (byte == kReturn) return {};
  if (byte != kLineFeed) {
    if (++line_ > kMaxLine) return Fail(ErrorCode::kLimitExceeded, "http: trailer line");
    return {};
  }
  if (line_ == 0) {
    state_ = State::kDone;
    return {};
  }
  line_ = 0;
  if (++trailer_lines_ > kMaxTrailerLines) return Fail(ErrorCode::kLimitExceeded, "http: trailer");
  return {};
}

}  // namespace ingress::relay_client
