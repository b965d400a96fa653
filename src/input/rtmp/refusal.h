#pragma once

#include <string_view>

#include "domain/failure.h"
#include "rtmp/publish.h"

namespace ingress::input {

/// How RTMP tells an encoder of a failure: the code of the onStatus.
std::string_view RtmpStatusOf(FailureCode failure);

/// The same with the sentence that encoders show to their user.
rtmp::Refusal RtmpRefusal(const Failure& failure);

}  // namespace ingress::input
