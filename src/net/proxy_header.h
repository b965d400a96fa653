#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/ip_network.h"
#include "base/result.h"

namespace ingress::net {

/// Reads the header of the PROXY protocol, version 1 or 2, with which a balancer says who has
/// connected to it (HAProxy's proxy-protocol.txt).
///
/// Sans-IO. It keeps no more than the longest header of version 1; what follows the addresses in
/// one of version 2 (TLVs) is counted and passed over.
class ProxyHeader {
 public:
  struct Source {
    IpAddress ip{};
    std::uint16_t port = 0;
  };

  static constexpr std::size_t kMaxText = 107;     // of version 1, by the protocol
  static constexpr std::size_t kMaxBinary = 4096;  // of version 2; its TLVs take some hundred

  /// Consumes from the front of `input` what belongs to the header. Errors: kUnsupported for bytes
  /// that begin none; kMalformed, also for one that is too long: it is a balancer's, whom nobody
  /// should block for a limit.
  Result<void> Receive(ByteView& input);

  bool done() const { return done_; }
  bool started() const { return size_ != 0; }

  /// Who has connected to the balancer. Empty when it does not say: a connection of its own (LOCAL:
  /// a health check), or by another protocol than TCP.
  const std::optional<Source>& source() const { return source_; }

 private:
  Result<void> TakeText(std::uint8_t byte);
  Result<void> TakeBinary(std::uint8_t byte);
  Result<void> ParseText();
  Result<void> CheckBinaryHead();
  void ParseBinary();

  std::array<std::uint8_t, kMaxText> head_{};
  std::size_t size_ = 0;         // bytes so far
  std::size_t binary_size_ = 0;  // of the whole header of version 2; 0: not known yet
  bool done_ = false;
  std::optional<Source> source_;
};

}  // namespace ingress::net
