#pragma once

#include <memory>

#include "input/input.h"

namespace ingress::input {

/// RTMP, and RTMPS where it is configured.
std::unique_ptr<Input> MakeRtmpInput(const Node& node);

}  // namespace ingress::input
