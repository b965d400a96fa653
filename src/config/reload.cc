#include "config/reload.h"

#include <array>
#include <string_view>
#include <utility>

namespace ingress::config {

std::vector<std::string> NeedRestart(const Config& running, const Config& fresh) {
  const std::array<std::pair<std::string_view, bool>, 15> fixed = {
      {{"ws_url", running.ws_url == fresh.ws_url},
       {"tls.ca_cert_file", running.ca_cert_file == fresh.ca_cert_file},  // handlers' boxes name it
       {"redis", running.redis == fresh.redis},
       {"health_port", running.health_port == fresh.health_port},
       {"prometheus_port", running.prometheus_port == fresh.prometheus_port},
       {"debug_handler_port", running.debug_handler_port == fresh.debug_handler_port},
       {"rtmp_port", running.rtmp_port == fresh.rtmp_port},
       {"rtmps_port", running.rtmps.port == fresh.rtmps.port},
       {"rtmps_cert_file", running.rtmps.cert_file == fresh.rtmps.cert_file},
       {"rtmps_key_file", running.rtmps.key_file == fresh.rtmps.key_file},
       {"whip_port", running.whip.port == fresh.whip.port},
       {"rtc_config", running.whip == fresh.whip || running.whip.port != fresh.whip.port},
       {"http_relay_port", running.http_relay_port == fresh.http_relay_port},
       {"warm_handlers", running.warm_handlers == fresh.warm_handlers},
       {"logging.json", running.log_json == fresh.log_json}}};
  std::vector<std::string> keys;
  for (const auto& [key, same] : fixed) {
    if (!same) keys.emplace_back(key);
  }
  return keys;
}

void Adopt(Config& running, const Config& fresh) {
  running.api_key = fresh.api_key;
  running.api_secret = fresh.api_secret;
  running.proxy_protocol_from = fresh.proxy_protocol_from;
  running.log_level = fresh.log_level;
  running.cpu_cost = fresh.cpu_cost;
  running.media = fresh.media;
  running.reconnect_grace = fresh.reconnect_grace;
  running.takeover = fresh.takeover;
  running.max_sessions = fresh.max_sessions;
  running.limits = fresh.limits;
  running.drain_timeout = fresh.drain_timeout;
}

}  // namespace ingress::config
