#include "net/proxy_header.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "base/big_endian.h"

namespace ingress::net {
namespace {

constexpr std::string_view kTextPrefix = "PROXY ";
constexpr std::array<std::uint8_t, 12> kSignature = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                     0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t kBinaryHead = 16;
constexpr std::size_t kIpv4Addresses = 12;  // two addresses, two ports
constexpr std::size_t kIpv6Addresses = 36;

// The thirteenth byte holds version and command, the fourteenth family and transport.
constexpr std::uint8_t kVersion2 = 0x2;
constexpr std::uint8_t kLocal = 0x0;
constexpr std::uint8_t kProxy = 0x1;
constexpr std::uint8_t kTcpOverIpv4 = 0x11;
constexpr std::uint8_t kTcpOverIpv6 = 0x21;
constexpr int kLastFamily = 3;     // unspecified, IPv4, IPv6, Unix
constexpr int kLastTransport = 2;  // unspecified, stream, datagram

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, "PROXY header: " + std::string(what));
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

std::optional<IpAddress> ParseAddress(std::string_view text, bool ipv6) {
  if (text.contains(':') != ipv6) return std::nullopt;
  return ParseIpAddress(text);
}

}  // namespace

Result<void> ProxyHeader::Receive(ByteView& input) {
  while (!done_ && !input.empty()) {
    const std::uint8_t byte = input.front();
    const std::uint8_t first = size_ == 0 ? byte : head_[0];
    Result<void> taken;
    if (first == kTextPrefix.front()) {
      taken = TakeText(byte);
    } else if (first == kSignature.front()) {
      taken = TakeBinary(byte);
    } else {
      taken = Fail(ErrorCode::kUnsupported,
                   "no PROXY header: the first byte is " + std::to_string(first));
    }
    if (!taken) return taken;
    input = input.subspan(1);
  }
  return {};
}

Result<void> ProxyHeader::TakeText(std::uint8_t byte) {
  if (size_ < kTextPrefix.size() && byte != static_cast<std::uint8_t>(kTextPrefix[size_])) {
    return Fail(ErrorCode::kUnsupported, "no PROXY header, though the first byte is one's");
  }
  if (size_ == kMaxText) return Malformed("the line does not end in 107 bytes");
  head_.at(size_++) = byte;
  if (byte != '\n') return {};
  done_ = true;
  return ParseText();
}

Result<void> ProxyHeader::ParseText() {
  std::string_view line = AsText(ByteView(head_).first(size_));
  if (!line.ends_with("\r\n")) return Malformed("the line does not end with CR LF");
  line.remove_prefix(kTextPrefix.size());
  line.remove_suffix(2);
  const std::vector<std::string_view> words = Words(line);
  if (words[0] == "UNKNOWN") return {};  // whatever follows
  if (words[0] != "TCP4" && words[0] != "TCP6") return Malformed("neither TCP4, TCP6 nor UNKNOWN");
  constexpr std::size_t kWords = 5;  // protocol, two addresses, two ports
  if (words.size() != kWords) return Malformed("not two addresses and two ports");
  const bool ipv6 = words[0] == "TCP6";
  const auto source = ParseAddress(words[1], ipv6);
  const auto port = ParsePort(words[3]);
  if (!source || !ParseAddress(words[2], ipv6)) return Malformed("not an address");
  if (!port || !ParsePort(words[4])) return Malformed("not a port");
  source_ = Source{.ip = *source, .port = *port};
  return {};
}

Result<void> ProxyHeader::TakeBinary(std::uint8_t byte) {
  if (size_ < kSignature.size() && byte != kSignature.at(size_)) {
    return Fail(ErrorCode::kUnsupported, "no PROXY header, though the first byte is one's");
  }
  if (size_ < head_.size()) head_.at(size_) = byte;  // the rest are TLVs
  ++size_;
  if (size_ == kBinaryHead) {
    if (auto checked = CheckBinaryHead(); !checked) return checked;
  }
  if (size_ != binary_size_) return {};
  done_ = true;
  ParseBinary();
  return {};
}

Result<void> ProxyHeader::CheckBinaryHead() {
  const std::uint8_t version = head_[12] >> 4U;
  const std::uint8_t command = head_[12] & 0x0FU;
  if (version != kVersion2) return Malformed("version " + std::to_string(version));
  if (command != kLocal && command != kProxy) {
    return Malformed("command " + std::to_string(command));
  }
  if (head_[13] >> 4U > kLastFamily || (head_[13] & 0x0FU) > kLastTransport) {
    return Malformed("family and transport " + std::to_string(head_[13]));
  }
  const std::size_t length = LoadBigEndian<std::uint16_t>(ByteView(head_).subspan(14));
  if (kBinaryHead + length > kMaxBinary) {
    return Malformed("longer than 4096 bytes; let the balancer send fewer TLVs");
  }
  const std::size_t addresses = command == kLocal           ? 0
                                : head_[13] == kTcpOverIpv4 ? kIpv4Addresses
                                : head_[13] == kTcpOverIpv6 ? kIpv6Addresses
                                                            : 0;
  if (length < addresses) return Malformed("too short for its addresses");
  binary_size_ = kBinaryHead + length;
  return {};
}

void ProxyHeader::ParseBinary() {
  if ((head_[12] & 0x0FU) != kProxy) return;
  const auto port_at = [this](std::size_t at) {
    return LoadBigEndian<std::uint16_t>(ByteView(head_).subspan(at));
  };
  const auto* addresses = head_.begin() + kBinaryHead;
  if (head_[13] == kTcpOverIpv4) {
    constexpr std::size_t kSize = 4;
    source_ = Source{.ip = Ipv4Address(ByteView(addresses, kSize).first<kSize>()),
                     .port = port_at(kBinaryHead + 2 * kSize)};
  } else if (head_[13] == kTcpOverIpv6) {
    Source source;
    std::copy_n(addresses, source.ip.size(), source.ip.begin());
    source.port = port_at(kBinaryHead + 2 * source.ip.size());
    source_ = source;
  }
}

}  // namespace ingress::net
