#include "config/schema.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/ascii.h"

namespace ingress::config {
namespace {

constexpr std::string_view kNoProxy = "media always goes through the node";
constexpr std::string_view kNoUrl = "URL input is not served; RTMP and WHIP are";
constexpr std::string_view kNoSampling = "every line is logged; nothing is logged per packet";
constexpr std::string_view kFixedRedis = "timeouts and connections to Redis are fixed";
constexpr std::string_view kFixedRpc = "timeouts and retries of calls over Redis are fixed";

constexpr auto kKeys = std::to_array<KeySpec>({
    {.path = "api_key"},
    {.path = "api_secret"},
    {.path = "ws_url"},
    {.path = "tls", .section = true},
    {.path = "tls.ca_cert_file"},
    {.path = "redis", .section = true},
    {.path = "redis.address"},
    {.path = "redis.username"},
    {.path = "redis.password"},
    {.path = "redis.db"},
    {.path = "health_port"},
    {.path = "prometheus_port"},
    {.path = "rtmp_port"},
    {.path = "rtmp_proxy_protocol"},
    {.path = "rtmps_port"},
    {.path = "rtmps_cert_file"},
    {.path = "rtmps_key_file"},
    {.path = "http_relay_port"},
    {.path = "whip_port"},
    {.path = "rtc_config", .section = true, .open = true},
    {.path = "rtc_config.udp_port"},
    {.path = "rtc_config.tcp_port"},
    {.path = "rtc_config.node_ip"},
    {.path = "log_level"},
    {.path = "logging", .section = true},
    {.path = "logging.level"},
    {.path = "logging.json"},
    {.path = "cpu_cost", .section = true},
    {.path = "cpu_cost.rtmp_cpu_cost"},
    {.path = "cpu_cost.whip_cpu_cost"},
    {.path = "cpu_cost.whip_bypass_transcoding_cpu_cost"},
    {.path = "cpu_cost.min_idle_ratio"},
    {.path = "transcoding"},
    {.path = "reconnect_grace"},
    {.path = "takeover"},
    {.path = "max_sessions"},
    {.path = "warm_handlers"},
    {.path = "drain_timeout"},
    {.path = "strict"},
    {.path = "debug_handler_port"},
    {.path = "h264_profile"},
    {.path = "passthrough", .section = true},
    {.path = "passthrough.max_bitrate_ratio"},
    {.path = "limits", .section = true},
    {.path = "limits.connections"},
    {.path = "limits.connections_per_address"},
    {.path = "limits.wrong_keys_per_minute"},
    {.path = "max_input_pixels"},

    {.path = "redis.use_tls"},
    {.path = "redis.tls", .section = true},
    {.path = "redis.tls.enabled"},
    {.path = "redis.tls.insecure"},
    {.path = "redis.tls.server_name"},
    {.path = "redis.tls.ca_cert_file"},
    {.path = "redis.tls.client_cert_file"},
    {.path = "redis.tls.client_key_file"},
    {.path = "redis.sentinel_master_name"},
    {.path = "redis.sentinel_username"},
    {.path = "redis.sentinel_password"},
    {.path = "redis.sentinel_addresses"},
    {.path = "redis.cluster_addresses"},
    {"redis.dial_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.read_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.write_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.max_redirects", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.pool_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.pool_size", false, kFixedRedis, Quiet::kWhenOff},

    {"whip_proxy_enabled", false, kNoProxy, Quiet::kWhenOff},
    {"development", false, "RTMP input does not use it", Quiet::kWhenOff},
    {"enable_stream_latency_reduction", false, "delay is always worked off"},
    {"service_name", false, "the log names no service", Quiet::kWhenOff},
    {"node_id", false, "a new one is chosen at each start", Quiet::kWhenOff},

    {"logging.sample", false, kNoSampling, Quiet::kWhenOff},
    {"logging.sample_initial", false, kNoSampling, Quiet::kWhenOff},
    {"logging.sample_interval", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_seconds", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_initial", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_interval", false, kNoSampling, Quiet::kWhenOff},
    {"logging.component_levels", false, "one level holds for all parts", Quiet::kWhenOff},

    {"cpu_cost.url_cpu_cost", false, kNoUrl, Quiet::kWhenOff},

    {"logging.pion_level", false, "no library of that name is used", Quiet::kWhenOff},

    // Whatever these hold: they grow with each release of the libraries that read them elsewhere.
    {"psrpc", false, kFixedRpc, Quiet::kWhenOff},

    {"serviceType", false, "LiveKit's Helm chart uses it", Quiet::kAlways},
});

constexpr std::size_t kMaxComparedKey = 64;  // characters; longer keys are not compared

std::string_view SectionOf(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view LeafOf(std::string_view path) { return path.substr(path.rfind('.') + 1); }

// "wsURL", "ws-url" and "ws_url" are the same to a reader.
std::string Normalised(std::string_view key) {
  std::string out;
  for (const char c : key.substr(0, kMaxComparedKey)) {
    if (c == '_' || c == '-') continue;
    out += ToLower(c);
  }
  return out;
}

std::string ServedKeysOf(std::string_view section) {
  std::string names;
  for (const KeySpec& key : kKeys) {
    if (SectionOf(key.path) != section || !key.not_served_because.empty()) continue;
    if (!names.empty()) names += ", ";
    names += LeafOf(key.path);
  }
  return names;
}

}  // namespace

const KeySpec* FindKey(std::string_view path) {
  const auto* found = std::ranges::find(kKeys, path, &KeySpec::path);
  return found == kKeys.end() ? nullptr : found;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string SuggestKey(std::string_view section, std::string_view key) {
  const std::string wanted = Normalised(key);
  const KeySpec* best = nullptr;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const KeySpec& candidate : kKeys) {
    const std::size_t elsewhere = SectionOf(candidate.path) == section ? 0 : 1;
    const std::size_t distance = EditDistance(wanted, Normalised(LeafOf(candidate.path)));
    if (distance + elsewhere >= best_distance) continue;
    best = &candidate;
    best_distance = distance + elsewhere;
  }
  if (best != nullptr && best_distance * 2 <= LeafOf(best->path).size()) {
    return "did you mean " + std::string(best->path) + "?";
  }
  return ServedKeys(section);
}

std::string ServedKeys(std::string_view section) {
  const std::string served = ServedKeysOf(section);
  if (served.empty()) return "this section is not used";
  return (section.empty() ? "valid keys: " : "valid keys in " + std::string(section) + ": ") +
         served;
}

}  // namespace ingress::config
