#include "rpc/redis_cluster_map.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/host_port.h"

namespace ingress::rpc {
namespace {

constexpr unsigned kSlots = 16'384;
constexpr std::size_t kMaxMoved = 1024;  // then the map is out of date as a whole

std::uint16_t Crc16(std::string_view bytes) {
  constexpr std::uint16_t kPolynomial = 0x1021;
  std::uint16_t crc = 0;
  for (const char byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ (static_cast<unsigned char>(byte) << 8));
    for (int bit = 0; bit < 8; ++bit) {
      const bool high = (crc & 0x8000) != 0;
      crc = static_cast<std::uint16_t>(crc << 1);
      if (high) crc ^= kPolynomial;
    }
  }
  return crc;
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = line.find(' ');
    if (end != 0) words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return words;
}

std::optional<std::uint16_t> Slot(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc{} || end != text.end() || value >= kSlots) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

/// "host:port" of what a cluster says: "10.0.0.1:6379@16379,host", an IPv6 address without
/// brackets, or ":6379" for the `asked` node's host. Empty when it is nothing of this kind.
std::string AddressOf(std::string_view word, std::string_view asked) {
  const std::string_view address = word.substr(0, word.find_first_of("@,"));
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == address.size()) return {};
  const std::string_view port = address.substr(colon + 1);
  if (address.starts_with('[')) return std::string(address);
  if (colon > 0) return JoinHostPort(address.substr(0, colon), port);
  const auto same = SplitHostPort(asked);
  return same ? JoinHostPort(same->host, port) : std::string();
}

/// Whether a node with these flags serves its slots. One that only some nodes miss ("fail?") may.
bool Serves(std::string_view flags) {
  bool master = false;
  while (!flags.empty()) {
    const std::string_view flag = flags.substr(0, flags.find(','));
    flags.remove_prefix(std::min(flags.size(), flag.size() + 1));
    if (flag == "fail" || flag == "noaddr") return false;
    master = master || flag == "master";
  }
  return master;
}

}  // namespace

std::uint16_t RedisSlotOf(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) {
      key = key.substr(open + 1, close - open - 1);
    }
  }
  return static_cast<std::uint16_t>(Crc16(key) % kSlots);
}

void RedisClusterMap::Load(std::string_view nodes, std::string_view asked) {
  ranges_.clear();
  moved_.clear();
  while (!nodes.empty()) {
    const std::size_t end = nodes.find('\n');
    const std::vector<std::string_view> words = Words(nodes.substr(0, end));
    nodes.remove_prefix(end == std::string_view::npos ? nodes.size() : end + 1);
    constexpr std::size_t kFirstSlotWord = 8;
    if (words.size() <= kFirstSlotWord) continue;
    if (!Serves(words[2])) continue;
    const std::string address = AddressOf(words[1], asked);
    for (std::size_t i = kFirstSlotWord; i < words.size(); ++i) {
      const std::size_t dash = words[i].find('-');
      const auto first = Slot(words[i].substr(0, dash));  // "[93-<-…]" is a slot on its way
      const auto last = dash == std::string_view::npos ? first : Slot(words[i].substr(dash + 1));
      if (first && last) ranges_[*first] = {.last = *last, .address = address};
    }
  }
}

void RedisClusterMap::Move(std::uint16_t slot, std::string address) {
  if (moved_.size() >= kMaxMoved) moved_.clear();
  moved_[slot] = std::move(address);
}

std::string RedisClusterMap::Find(std::uint16_t slot) const {
  if (const auto found = moved_.find(slot); found != moved_.end()) return found->second;
  auto after = ranges_.upper_bound(slot);
  if (after == ranges_.begin()) return {};
  --after;
  return slot <= after->second.last ? after->second.address : std::string();
}

std::optional<RedisRedirect> ParseRedisRedirect(std::string_view error) {
  const std::vector<std::string_view> words = Words(error);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] != "MOVED" && words[i] != "ASK") continue;
    const auto slot = Slot(words[i + 1]);
    std::string address = AddressOf(words[i + 2], "");
    if (!slot || address.empty()) return std::nullopt;
    return RedisRedirect{.ask = words[i] == "ASK", .slot = *slot, .address = std::move(address)};
  }
  return std::nullopt;
}

}  // namespace ingress::rpc
