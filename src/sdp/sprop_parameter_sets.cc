#include "sdp/sprop_parameter_sets.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMaxSets = 16;

std::optional<unsigned> Base64Value(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kAlphabet.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

/// Standard Base64 (RFC 4648 §4); padding may be missing. Empty for anything else.
Bytes DecodeBase64(std::string_view text) {
  constexpr unsigned kBitsPerCharacter = 6;
  constexpr unsigned kBitsPerByte = 8;
  while (text.ends_with('=')) text.remove_suffix(1);
  Bytes bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = Base64Value(c);
    if (!value) return {};
    bits = bits << kBitsPerCharacter | *value;
    held += kBitsPerCharacter;
    if (held < kBitsPerByte) continue;
    held -= kBitsPerByte;
    bytes.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  return bytes;
}

}  // namespace

std::vector<Bytes> SpropParameterSets(const NegotiatedTrack& track) {
  constexpr std::array<std::string_view, 1> kH264 = {"sprop-parameter-sets"};
  constexpr std::array<std::string_view, 3> kHevc = {"sprop-vps", "sprop-sps", "sprop-pps"};
  std::vector<Bytes> sets;
  const auto read = [&](std::string_view name) {
    std::string_view value = FmtpParameter(track.fmtp, name).value_or("");
    while (!value.empty() && sets.size() < kMaxSets) {
      Bytes set = DecodeBase64(TakeUntil(value, ','));
      if (!set.empty()) sets.push_back(std::move(set));
    }
  };
  const auto* codec = std::get_if<VideoCodec>(&track.codec);
  if (codec == nullptr) return sets;
  if (*codec == VideoCodec::kH264) {
    for (const std::string_view name : kH264) read(name);
  } else if (*codec == VideoCodec::kHevc) {
    for (const std::string_view name : kHevc) read(name);
  }
  return sets;
}

}  // namespace ingress::sdp
