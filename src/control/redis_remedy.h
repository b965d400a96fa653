#pragma once

#include <string>

#include "base/result.h"
#include "domain/redis_settings.h"

namespace ingress::control {

/// What helps against `problem`, which RedisBus has with Redis as `redis` says it: one sentence.
std::string RedisRemedy(const Error& problem, const RedisSettings& redis);

}  // namespace ingress::control
