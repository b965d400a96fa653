#include "service/pages/debug_guard.h"

#include <string>
#include <string_view>

#include "net/loopback_host.h"

namespace ingress::service {
namespace {

constexpr unsigned kForbidden = 403;
constexpr unsigned kMethodNotAllowed = 405;
constexpr std::string_view kSessions = "/sessions/";

std::string HeaderOf(const net::HttpRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

}  // namespace

std::optional<net::HttpResponse> RefuseDebug(const net::HttpRequest& request) {
  if (!net::IsLoopbackHost(HeaderOf(request, "host"))) {
    return net::HttpResponse{.status = kForbidden,
                             .body = "the Host header must say localhost or a loopback address\n"};
  }
  if (request.method == "GET" || request.method == "HEAD") return {};
  const bool of_session =
      request.path.starts_with(kSessions) && request.path.size() > kSessions.size();
  if (request.method != "DELETE" || !of_session) {
    return net::HttpResponse{
        .status = kMethodNotAllowed,
        .body = "method not allowed\n",
        .headers = {{"Allow", of_session ? "GET, HEAD, DELETE" : "GET, HEAD"}}};
  }
  if (HeaderOf(request, "x-ingress") != "1") {
    return net::HttpResponse{.status = kForbidden,
                             .body = "to end a session, send the header X-Ingress: 1\n"};
  }
  return {};
}

}  // namespace ingress::service
