#pragma once

#include <chrono>

#include "domain/redis_settings.h"

namespace ingress::rpc {

/// Where Redis is, and how long to wait for it.
struct RedisOptions {
  RedisSettings redis{};

  std::chrono::milliseconds connect_timeout{5000};  // name, TCP, AUTH, SELECT and PING together
  std::chrono::milliseconds reply_timeout{3000};    // of one command
  std::chrono::milliseconds ping_interval{5000};    // a peer silent for this and a reply is dead
  std::chrono::milliseconds backoff_min{100};       // doubles at each failure
  std::chrono::milliseconds backoff_max{2000};
};

}  // namespace ingress::rpc
