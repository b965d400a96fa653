#include "service/inputs.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "input/rtmp/rtmp_input.h"
#include "input/whip/whip_input.h"

namespace ingress::service {

std::span<const input::Factory> Inputs() {
  static const std::array kInputs = {
      input::RtmpFactory(),
      input::WhipFactory(),
  };
  return kInputs;
}

const input::Factory& InputOf(InputKind kind) {
  const auto found = std::ranges::find(Inputs(), kind, &input::Factory::kind);
  INGRESS_CHECK(found != Inputs().end());
  return *found;
}

}  // namespace ingress::service
