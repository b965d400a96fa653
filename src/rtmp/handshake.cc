#include "rtmp/handshake.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>

#include "base/ids.h"

namespace ingress::rtmp {
namespace {

constexpr std::uint8_t kVersion = 3;
constexpr std::array<std::uint8_t, 4> kDigestServerVersion = {4, 5, 0, 1};
constexpr std::size_t kVersionOffset = 4;  // in C1 and S1, after the time

// What begins like that is HTTP or a PROXY header of version 1; the next byte says which.
constexpr std::uint8_t kPostOrProxy = 'P';

std::unexpected<Error> FailHttp() {
  return Fail(ErrorCode::kUnsupported,
              "handshake: HTTP on the RTMP port; the encoder's URL must begin with rtmp://");
}

std::unexpected<Error> FailProxyHeader() {
  return Fail(ErrorCode::kUnsupported, std::string(kProxyHeaderHere));
}

Result<void> CheckFirstByte(std::uint8_t byte) {
  switch (byte) {
    case kVersion:
    case kPostOrProxy:
      return {};
    case 6:
    case 8:
    case 9:
      return Fail(
          ErrorCode::kUnsupported,
          "handshake: the encoder speaks RTMPE, which is not served; use rtmp:// in its URL");
    case 0x16:
      return Fail(
          ErrorCode::kUnsupported,
          "handshake: TLS on the plain RTMP port; use rtmp:// in the encoder's URL, or rtmps:// "
          "with the port of rtmps_port");
    case '\r':
      return FailProxyHeader();
    case 'G':
    case 'H':
    case 'O':
      return FailHttp();
    default:
      return Fail(ErrorCode::kMalformed,
                  "handshake: not RTMP, the first byte is " + std::to_string(byte));
  }
}

/// For bytes on whose secrecy nothing rests. The kernel's take a fiftieth of what a stranger with a
/// wrong key costs (measured).
void FillArbitrary(std::span<std::uint8_t> out) {
  thread_local std::mt19937_64 engine(std::uint64_t{RandomU32()} << 32U | RandomU32());
  for (; !out.empty(); out = out.subspan(std::min(out.size(), sizeof(std::uint64_t)))) {
    const std::uint64_t number = engine();
    std::memcpy(out.data(), &number, std::min(out.size(), sizeof(number)));
  }
}

}  // namespace

Result<void> Handshake::Receive(ByteView& input, Bytes& out) {
  if (!version_ && !input.empty()) {
    if (auto checked = CheckFirstByte(input.front()); !checked) return checked;
    version_ = input.front();
    input = input.subspan(1);
  }
  if (version_ == kPostOrProxy) {
    if (input.empty()) return {};
    return input.front() == 'R' ? FailProxyHeader() : FailHttp();
  }
  if (c1_.size() < kHandshakeBlockSize) {
    const std::size_t taken = std::min(kHandshakeBlockSize - c1_.size(), input.size());
    const ByteView part = input.first(taken);
    c1_.insert(c1_.end(), part.begin(), part.end());
    input = input.subspan(taken);
    if (c1_.size() == kHandshakeBlockSize) Reply(out);
    if (input.empty()) return {};
  }
  const std::size_t taken = std::min(kHandshakeBlockSize - c2_seen_, input.size());
  c2_seen_ += taken;
  input = input.subspan(taken);
  if (c2_seen_ == kHandshakeBlockSize) {
    done_ = true;
    Bytes().swap(c1_);
  }
  return {};
}

void Handshake::Reply(Bytes& out) {
  const HandshakeBlockView c1 = std::span(c1_).first<kHandshakeBlockSize>();
  std::array<std::uint8_t, kHandshakeBlockSize> s1{};  // time 0; version 0 promises no digest
  std::array<std::uint8_t, kHandshakeBlockSize> s2{};
  FillArbitrary(std::span(s1).subspan<kVersionOffset + 4>());

  const bool versioned = std::ranges::any_of(c1.subspan(kVersionOffset, 4),
                                             [](std::uint8_t byte) { return byte != 0; });
  const auto client = versioned ? FindClientDigest(c1) : std::nullopt;
  if (client) {
    std::ranges::copy(kDigestServerVersion, s1.begin() + kVersionOffset);
    SignS1(s1, client->scheme);
    FillArbitrary(s2);
    SignS2(s2, client->digest);
  } else {
    std::ranges::copy(c1, s2.begin());
  }
  out.push_back(kVersion);
  out.insert(out.end(), s1.begin(), s1.end());
  out.insert(out.end(), s2.begin(), s2.end());
}

}  // namespace ingress::rtmp
