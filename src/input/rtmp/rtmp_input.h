#pragma once

#include "input/factory.h"

namespace ingress::input {

/// RTMP, and RTMPS where it is configured.
Factory RtmpFactory();

}  // namespace ingress::input
