#include "service/pages/status_pages.h"

namespace ingress::service {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kServiceUnavailable = 503;

std::string Troubles(const NodeStatus& status) {
  std::string out;
  if (!status.redis_ok) out += status.redis + "\n";
  if (!status.sfu_ok) out += status.sfu + "\n";
  if (status.draining) out += "draining: running streams go on, new ones are refused\n";
  return out;
}

}  // namespace

net::HttpResponse AnswerHealth(const std::string& path, const NodeStatus& status) {
  const std::string troubles = Troubles(status);
  if (path == "/availability") {
    if (troubles.empty() && status.has_capacity) return {.status = kOk, .body = "Available"};
    return {.status = kServiceUnavailable,
            .body = "No availability\n" + troubles +
                    (status.has_capacity ? "" : status.capacity + "\n")};
  }
  if (path == "/ready") {
    const std::string notes = status.notes.empty() ? "" : "\n" + status.notes;
    if (troubles.empty()) return {.status = kOk, .body = "Ready" + notes};
    return {.status = kServiceUnavailable, .body = "Not ready\n" + troubles};
  }
  return {.status = kOk, .body = "Healthy"};
}

}  // namespace ingress::service
