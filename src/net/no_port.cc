#include "net/no_port.h"

#include <string>
#include <utility>

namespace ingress::net {
namespace {

constexpr std::uint16_t kPrometheusOwnPort = 9090;

}  // namespace

Error NoPort(std::string_view key, std::uint16_t port, const Error& error) {
  std::string text = std::string(key) + " " + std::to_string(port) + ": " + error.context;
  if (error.code == ErrorCode::kUnauthorized) {
    return {error.code, text + "; ports below 1024 need CAP_NET_BIND_SERVICE"};
  }
  text += "; choose another port, or end the program that has this one (ss -ltnp shows it)";
  if (port == kPrometheusOwnPort) text += "; it is also the one that Prometheus itself listens on";
  return {error.code, std::move(text)};
}

}  // namespace ingress::net
