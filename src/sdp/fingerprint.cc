#include "sdp/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sdp/problem.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMaxDigest = 64;  // bytes, SHA-512

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

Result<Fingerprint> ParseFingerprint(std::string_view value) {
  std::string_view rest = value;
  Fingerprint fingerprint{.algorithm = ToLower(TakeWord(rest))};
  const std::string_view digest = TakeWord(rest);
  for (std::string_view left = digest; !left.empty();) {
    const std::string_view pair = TakeUntil(left, ':');
    const auto high = pair.size() == 2 ? HexDigit(pair[0]) : std::nullopt;
    const auto low = pair.size() == 2 ? HexDigit(pair[1]) : std::nullopt;
    if (!high || !low) return Malformed("fingerprint", value);
    if (fingerprint.digest.size() == kMaxDigest) return TooMany("fingerprint bytes", kMaxDigest);
    fingerprint.digest.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  if (fingerprint.digest.empty() || digest.ends_with(':')) return Malformed("fingerprint", value);
  return fingerprint;
}

bool Usable(const Fingerprint& fingerprint) {
  using Length = std::pair<std::string_view, std::size_t>;
  constexpr std::array<Length, 5> kLengths = {
      {{"sha-1", 20}, {"sha-224", 28}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};
  const auto* found = std::ranges::find(kLengths, fingerprint.algorithm, &Length::first);
  return found != kLengths.end() && found->second == fingerprint.digest.size();
}

}  // namespace ingress::sdp
