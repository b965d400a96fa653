#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ingress_ipc.pb.h"

namespace ingress::service {

/// Why messages were left out: the name in metrics and pages, and the handler's count of it.
struct DropReason {
  std::string_view name;
  std::uint64_t (ipc::Drops::*count)() const;
};

inline constexpr std::array<DropReason, 9> kDropReasons = {{
    {"late", &ipc::Drops::late},
    {"overtaken", &ipc::Drops::overtaken},
    {"before_header", &ipc::Drops::before_header},
    {"before_key_frame", &ipc::Drops::before_key_frame},
    {"damaged", &ipc::Drops::damaged},
    {"unusable_video", &ipc::Drops::unusable_video},
    {"unusable_audio", &ipc::Drops::unusable_audio},
    {"composition_time", &ipc::Drops::composition_time},
    {"srtp_refused", &ipc::Drops::srtp_refused},
}};

}  // namespace ingress::service
