#include "sdp/candidate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/ascii.h"
#include "base/printable.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::string_view kAttributePrefix = "a=";
constexpr std::string_view kPrefix = "candidate:";
constexpr std::size_t kMaxFoundation = 32;
constexpr std::uint16_t kMaxComponent = 256;
constexpr std::size_t kShown = 64;  // characters of a bad value in an error

template <typename Enum>
using Names = std::pair<std::string_view, Enum>;

constexpr std::array<Names<CandidateTransport>, 2> kTransports = {
    {{"UDP", CandidateTransport::kUdp}, {"TCP", CandidateTransport::kTcp}}};
constexpr std::array<Names<CandidateType>, 4> kTypes = {{{"host", CandidateType::kHost},
                                                         {"srflx", CandidateType::kServerReflexive},
                                                         {"prflx", CandidateType::kPeerReflexive},
                                                         {"relay", CandidateType::kRelay}}};
constexpr std::array<Names<TcpType>, 3> kTcpTypes = {{{"active", TcpType::kActive},
                                                      {"passive", TcpType::kPassive},
                                                      {"so", TcpType::kSimultaneousOpen}}};

template <typename Enum, std::size_t N>
std::optional<Enum> FindByName(const std::array<Names<Enum>, N>& names, std::string_view name) {
  for (const auto& [text, value] : names) {
    if (EqualsIgnoringCase(text, name)) return value;
  }
  return std::nullopt;
}

template <typename Enum, std::size_t N>
std::string_view NameOf(const std::array<Names<Enum>, N>& names, Enum value) {
  return std::ranges::find(names, value, &Names<Enum>::second)->first;
}

bool IsIceChar(unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; }

bool IsFoundation(std::string_view text) {
  // RFC 8839 allows ice-chars only; others are seen in the wild and do no harm.
  return !text.empty() && text.size() <= kMaxFoundation &&
         std::ranges::all_of(text, [](unsigned char c) {
           return IsIceChar(c) || c == '-' || c == '_' || c == '=' || c == '.' || c == ':';
         });
}

/// A connection address: digits, letters and the punctuation of IPv4, IPv6 and host names.
bool IsAddress(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '-' || c == '_' || c == '%';
  });
}

std::unexpected<Error> Bad(std::string_view field, std::string_view value) {
  return Fail(ErrorCode::kMalformed,
              "candidate: bad " + std::string(field) + " '" + Printable(value, kShown) + "'");
}

/// The six fields at the front, up to the port.
Result<void> ParseFront(std::string_view& rest, Candidate& candidate) {
  const std::string_view foundation = TakeWord(rest);
  if (!IsFoundation(foundation)) return Bad("foundation", foundation);
  candidate.foundation = foundation;

  const std::string_view component = TakeWord(rest);
  candidate.component = ParseNumber<std::uint16_t>(component).value_or(0);
  if (candidate.component == 0 || candidate.component > kMaxComponent) {
    return Bad("component", component);
  }

  const std::string_view transport_name = TakeWord(rest);
  const auto transport = FindByName(kTransports, transport_name);

  const std::string_view priority_text = TakeWord(rest);
  const auto priority = ParseNumber<std::uint32_t>(priority_text);
  if (!priority) return Bad("priority", priority_text);
  candidate.priority = *priority;

  const std::string_view address = TakeWord(rest);
  if (!IsAddress(address)) return Bad("address", address);
  candidate.address = address;

  const std::string_view port_text = TakeWord(rest);
  const auto port = ParseNumber<std::uint16_t>(port_text);
  if (!port) return Bad("port", port_text);
  candidate.port = *port;

  if (!transport) {
    return Fail(ErrorCode::kUnsupported,
                "candidate: transport '" + Printable(transport_name, kShown) + "'");
  }
  candidate.transport = *transport;
  return {};
}

Result<void> ParseExtension(std::string_view name, std::string_view value, Candidate& candidate) {
  if (name == "raddr") {
    if (!IsAddress(value)) return Bad(name, value);
    candidate.related_address = value;
  } else if (name == "rport") {
    const auto port = ParseNumber<std::uint16_t>(value);
    if (!port) return Bad(name, value);
    candidate.related_port = *port;
  } else if (name == "tcptype") {
    candidate.tcp_type = FindByName(kTcpTypes, value);
    if (!candidate.tcp_type) return Bad(name, value);
  } else if (name == "generation") {
    candidate.generation = ParseNumber<std::uint32_t>(value);
    if (!candidate.generation) return Bad(name, value);
  } else if (name == "ufrag") {
    candidate.ufrag = value;
  }
  return {};
}

}  // namespace

Result<Candidate> ParseCandidate(std::string_view text) {
  if (text.size() > kMaxCandidateLength) {
    return Fail(ErrorCode::kLimitExceeded,
                "candidate: " + std::to_string(text.size()) + " characters");
  }
  if (std::ranges::any_of(text, [](unsigned char c) { return c < ' '; })) {
    return Fail(ErrorCode::kMalformed, "candidate: control character");
  }
  if (text.starts_with(kAttributePrefix)) text.remove_prefix(kAttributePrefix.size());
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());

  Candidate candidate;
  if (auto front = ParseFront(text, candidate); !front) return std::unexpected(front.error());
  const std::string_view keyword = TakeWord(text);
  if (keyword != "typ") return Bad("keyword in place of typ", keyword);
  const std::string_view type_name = TakeWord(text);
  if (type_name.empty()) return Bad("type", type_name);
  const auto type = FindByName(kTypes, type_name);
  if (!type) {
    return Fail(ErrorCode::kUnsupported, "candidate: type '" + Printable(type_name, kShown) + "'");
  }
  candidate.type = *type;

  for (std::string_view name = TakeWord(text); !name.empty(); name = TakeWord(text)) {
    const std::string_view value = TakeWord(text);
    if (auto parsed = ParseExtension(name, value, candidate); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  return candidate;
}

std::string FormatCandidate(const Candidate& candidate) {
  std::string text(kPrefix);
  text += candidate.foundation + ' ' + std::to_string(candidate.component) + ' ';
  text += NameOf(kTransports, candidate.transport);
  text += ' ' + std::to_string(candidate.priority) + ' ' + candidate.address + ' ' +
          std::to_string(candidate.port) + " typ ";
  text += NameOf(kTypes, candidate.type);
  if (!candidate.related_address.empty()) {
    text +=
        " raddr " + candidate.related_address + " rport " + std::to_string(candidate.related_port);
  }
  if (candidate.tcp_type) {
    text += " tcptype ";
    text += NameOf(kTcpTypes, *candidate.tcp_type);
  }
  if (candidate.generation) text += " generation " + std::to_string(*candidate.generation);
  if (!candidate.ufrag.empty()) text += " ufrag " + candidate.ufrag;
  return text;
}

}  // namespace ingress::sdp
