#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ingress {

/// An IP address as 16 bytes, IPv4 in its mapped form (::ffff:192.0.2.7), so that a client is the
/// same one whatever family its socket has.
using IpAddress = std::array<std::uint8_t, 16>;

/// A numeric address of either family, without zone and brackets; empty for anything else.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

bool IsIpv4(const IpAddress& address);

/// The mapped form of the four bytes of an IPv4 address.
IpAddress Ipv4Address(std::span<const std::uint8_t, 4> bytes);

/// The addresses that share the first `prefix` bits.
struct IpNetwork {
  IpAddress address{};
  int prefix = 128;  // of 128 bits, for IPv4 too

  bool Contains(const IpAddress& other) const;
  bool operator==(const IpNetwork&) const = default;
};

/// "10.0.0.0/8", "fd00::/8", or an address, which stands for itself alone. Empty for anything else,
/// such as an address with bits beyond its prefix.
std::optional<IpNetwork> ParseIpNetwork(std::string_view text);

}  // namespace ingress
