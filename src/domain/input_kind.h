#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "livekit_ingress.pb.h"

namespace ingress {

/// The ways by which media comes to a node, as LiveKit's API tells them apart.
enum class InputKind : std::uint8_t { kRtmp, kWhip, kUrl };

struct InputTraits {
  std::string_view protocol;         // in texts for users: "the encoder broke the … protocol"
  std::string_view ingress;          // with its article
  std::string_view resource_prefix;  // of its sessions' ids, as LiveKit has them
  std::string_view cost_key;  // of the configuration: cores that one session is expected to take
  ::livekit::IngressInput livekit;  // of the ingresses that this input serves
};

inline const InputTraits& Traits(InputKind kind) {
  static constexpr std::array<InputTraits, 3> kTraits = {
      {{"RTMP", "an RTMP ingress", "RT_", "cpu_cost.rtmp_cpu_cost", ::livekit::RTMP_INPUT},
       {"WHIP", "a WHIP ingress", "WH_", "cpu_cost.whip_cpu_cost", ::livekit::WHIP_INPUT},
       {"URL", "a URL ingress", "UR_", "cpu_cost.url_cpu_cost", ::livekit::URL_INPUT}}};
  return kTraits.at(static_cast<std::size_t>(kind));
}

}  // namespace ingress
