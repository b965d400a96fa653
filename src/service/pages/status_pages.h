#pragma once

#include <string>

#include "net/http_server.h"

namespace ingress::service {

/// What the node says of itself on health_port.
struct NodeStatus {
  bool redis_ok = false;
  std::string redis;  // one line, without secrets
  bool sfu_ok = false;
  std::string sfu;    // likewise
  std::string notes;  // what is odd and hinders nothing yet; lines
  bool draining = false;
  bool has_capacity = false;
  std::string capacity;  // one line: cores, free, needed
};

/// Answers health_port: `/ready` (ready for streams), `/availability` (takes another stream), and
/// everything else: the process works, which a probe of its life may ask for at any path. Bodies
/// begin with the words of the Go service where it has some; what is wrong follows, a line each.
net::HttpResponse AnswerHealth(const std::string& path, const NodeStatus& status);

}  // namespace ingress::service
