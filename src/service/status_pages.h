#pragma once

#include <string>

#include "net/http_server.h"

namespace ingress::service {

/// What the node says of itself on health_port.
struct NodeStatus {
  bool redis_ok = false;
  std::string redis;  // one line, without secrets
  bool sfu_ok = false;
  std::string sfu;  // likewise
  bool draining = false;
  bool has_capacity = false;
  std::string capacity;  // one line: cores, free, needed
};

/// Answers health_port: `/` and `/health` (ready for streams), `/live` (the process runs),
/// `/availability` (takes another stream). Bodies begin with the words of the Go service; what is
/// wrong follows, a line each.
net::HttpResponse AnswerHealth(const std::string& path, const NodeStatus& status);

}  // namespace ingress::service
