#pragma once

#include <string_view>

#include "base/result.h"

namespace ingress::service {

/// What helps against `problem`, which RedisBus has with Redis: one sentence.
std::string_view RedisRemedy(const Error& problem);

}  // namespace ingress::service
