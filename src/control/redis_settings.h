#pragma once

#include "config/config.h"
#include "rpc/redis_options.h"

namespace ingress::control {

/// The configured Redis as the bus takes it.
rpc::RedisOptions RedisOptionsOf(const config::Redis& redis);

}  // namespace ingress::control
