#include "rtc/nice_candidate.h"

#include <algorithm>
#include <array>
#include <string>

namespace ingress::rtc {
namespace {

constexpr std::uint16_t kDiscardPort = 9;  // of active TCP candidates, RFC 6544 §4.5

std::string AddressText(const NiceAddress& address) {
  std::array<char, NICE_ADDRESS_STRING_LEN> text{};
  nice_address_to_string(&address, text.data());
  return text.data();
}

sdp::CandidateType TypeOf(NiceCandidateType type) {
  switch (type) {
    case NICE_CANDIDATE_TYPE_HOST:
      return sdp::CandidateType::kHost;
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return sdp::CandidateType::kServerReflexive;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return sdp::CandidateType::kPeerReflexive;
    case NICE_CANDIDATE_TYPE_RELAYED:
      return sdp::CandidateType::kRelay;
  }
  return sdp::CandidateType::kHost;
}

NiceCandidateType TypeOf(sdp::CandidateType type) {
  switch (type) {
    case sdp::CandidateType::kHost:
      return NICE_CANDIDATE_TYPE_HOST;
    case sdp::CandidateType::kServerReflexive:
      return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
    case sdp::CandidateType::kPeerReflexive:
      return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
    case sdp::CandidateType::kRelay:
      return NICE_CANDIDATE_TYPE_RELAYED;
  }
  return NICE_CANDIDATE_TYPE_HOST;
}

NiceCandidateTransport TransportOf(const sdp::Candidate& candidate) {
  if (candidate.transport == sdp::CandidateTransport::kUdp) return NICE_CANDIDATE_TRANSPORT_UDP;
  switch (candidate.tcp_type.value_or(sdp::TcpType::kPassive)) {
    case sdp::TcpType::kActive:
      return NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE;
    case sdp::TcpType::kPassive:
      return NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE;
    case sdp::TcpType::kSimultaneousOpen:
      return NICE_CANDIDATE_TRANSPORT_TCP_SO;
  }
  return NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE;
}

}  // namespace

std::optional<sdp::Candidate> FromNice(const NiceCandidate& candidate) {
  const bool udp = candidate.transport == NICE_CANDIDATE_TRANSPORT_UDP;
  if (!udp && candidate.transport != NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE) return std::nullopt;
  sdp::Candidate out;
  out.foundation = candidate.foundation;
  out.transport = udp ? sdp::CandidateTransport::kUdp : sdp::CandidateTransport::kTcp;
  out.priority = candidate.priority;
  out.address = AddressText(candidate.addr);
  out.port =
      udp ? static_cast<std::uint16_t>(nice_address_get_port(&candidate.addr)) : kDiscardPort;
  out.type = TypeOf(candidate.type);
  if (!udp) out.tcp_type = sdp::TcpType::kActive;
  if (candidate.type != NICE_CANDIDATE_TYPE_HOST && nice_address_is_valid(&candidate.base_addr)) {
    out.related_address = AddressText(candidate.base_addr);
    const auto port = static_cast<std::uint16_t>(nice_address_get_port(&candidate.base_addr));
    out.related_port = port == 0 ? kDiscardPort : port;
  }
  return out;
}

NiceCandidateHandle ToNice(const sdp::Candidate& candidate, unsigned stream_id) {
  if (candidate.component != NICE_COMPONENT_TYPE_RTP) return nullptr;
  NiceCandidateHandle out(nice_candidate_new(TypeOf(candidate.type)));
  if (nice_address_set_from_string(&out->addr, candidate.address.c_str()) == 0) return nullptr;
  nice_address_set_port(&out->addr, candidate.port);
  out->stream_id = stream_id;
  out->component_id = candidate.component;
  out->transport = TransportOf(candidate);
  out->priority = candidate.priority;
  const std::size_t size =
      std::min<std::size_t>(candidate.foundation.size(), NICE_CANDIDATE_MAX_FOUNDATION - 1);
  std::copy_n(candidate.foundation.begin(), size, out->foundation);
  return out;
}

}  // namespace ingress::rtc
