#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace ingress {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int kAddressBits = 128;
constexpr int kIpv4Bits = 32;
constexpr std::size_t kMaxText = 45;  // characters; a mapped address written out

/// The bits of byte `index` that the prefix covers.
std::uint8_t MaskOf(int prefix, std::size_t index) {
  const int bits = std::clamp(prefix - static_cast<int>(index) * 8, 0, 8);
  return static_cast<std::uint8_t>(0xFF00U >> static_cast<unsigned>(bits));
}

std::optional<int> ParsePrefix(std::string_view text, int max) {
  int prefix = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.empty() || text.front() == '-' || prefix > max) return std::nullopt;
  return prefix;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  const std::string terminated(text);
  IpAddress address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  std::ranges::copy(kMappedPrefix, address.begin());
  if (inet_pton(AF_INET, terminated.c_str(), &address[kMappedPrefix.size()]) == 1) return address;
  return std::nullopt;
}

IpAddress Ipv4Address(std::span<const std::uint8_t, 4> bytes) {
  IpAddress address{};
  std::ranges::copy(kMappedPrefix, address.begin());
  std::ranges::copy(bytes, address.begin() + kMappedPrefix.size());
  return address;
}

bool IsIpv4(const IpAddress& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

bool IpNetwork::Contains(const IpAddress& other) const {
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address.at(i) ^ other.at(i)) & MaskOf(prefix, i)) != 0) return false;
  }
  return true;
}

std::optional<IpNetwork> ParseIpNetwork(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = ParseIpAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network{.address = *address};
  if (slash == std::string_view::npos) return network;
  const bool ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const auto prefix = ParsePrefix(text.substr(slash + 1), ipv4 ? kIpv4Bits : kAddressBits);
  if (!prefix) return std::nullopt;
  network.prefix = *prefix + (ipv4 ? kAddressBits - kIpv4Bits : 0);
  for (std::size_t i = 0; i < network.address.size(); ++i) {
    if ((network.address.at(i) & ~MaskOf(network.prefix, i)) != 0) return std::nullopt;
  }
  return network;
}

}  // namespace ingress
