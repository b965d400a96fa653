#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxCandidateLength = 512;  // characters

enum class CandidateType { kHost, kServerReflexive, kPeerReflexive, kRelay };
enum class CandidateTransport { kUdp, kTcp };
enum class TcpType { kActive, kPassive, kSimultaneousOpen };

/// An ICE candidate (RFC 8839 §5.1, RFC 6544 §4.5). Extensions that we do not know are dropped.
struct Candidate {
  std::string foundation{};     // 1 to 32 characters
  std::uint16_t component = 1;  // 1 to 256
  CandidateTransport transport = CandidateTransport::kUdp;
  std::uint32_t priority = 0;
  std::string address{};  // IPv4, IPv6 or a host name (mDNS), as written
  std::uint16_t port = 0;
  CandidateType type = CandidateType::kHost;
  std::string related_address{};  // empty: absent
  std::uint16_t related_port = 0;
  std::optional<TcpType> tcp_type{};
  std::optional<std::uint32_t> generation{};
  std::string ufrag{};  // empty: absent

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// Parses "candidate:…"; the prefixes "a=" and "candidate:" may both be missing.
/// Errors: kMalformed, naming the field; kUnsupported for an unknown transport or type, which the
/// caller skips; kLimitExceeded above kMaxCandidateLength.
Result<Candidate> ParseCandidate(std::string_view text);

/// "candidate:1 1 UDP 2122317823 192.0.2.10 51000 typ host", without "a=".
std::string FormatCandidate(const Candidate& candidate);

}  // namespace ingress::sdp
