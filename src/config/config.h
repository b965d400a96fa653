#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ingress::config {

struct Redis {
  std::string address;  // host:port
  std::string username;
  std::string password;
  int db = 0;  // selects keys only; channels are global to a server
};

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct CpuCost {
  /// Cores kept free for one RTMP session until its own use has been measured. The documented
  /// default is 2.0, a full ladder; without a value of the operator's the node's size caps it.
  std::optional<double> rtmp;
};

/// The service's settings, validated. Ports: 0 = off where that makes sense.
struct Config {
  std::string api_key;
  std::string api_secret;
  std::string ws_url;  // ws:// or wss://
  Redis redis;
  std::uint16_t health_port = 0;
  std::uint16_t prometheus_port = 0;
  std::uint16_t rtmp_port = 1935;
  std::uint16_t http_relay_port = 9090;  // loopback only
  LogLevel log_level = LogLevel::kInfo;
  bool log_json = false;
  CpuCost cpu_cost;
};

struct Loaded {
  Config config;
  std::vector<std::string> warnings;  // keys of the Go service that are not served here, and why
};

/// Where a configuration comes from; the first that is set wins: body, then file.
struct Sources {
  std::optional<std::string> body;  // YAML text
  std::optional<std::string> file;  // path
  // Fill what the YAML leaves out (LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_WS_URL).
  std::optional<std::string> api_key;
  std::optional<std::string> api_secret;
  std::optional<std::string> ws_url;
};

/// Reads the process environment: INGRESS_CONFIG_BODY, INGRESS_CONFIG_FILE and the LIVEKIT_… keys.
Sources SourcesFromEnvironment();

/// Parses and validates. Errors: kNotFound when there is no source or no such file; kMalformed for
/// YAML that does not parse, an unknown key, a wrong type or a value out of range; the text names
/// the line, the key and the nearest valid key or the accepted values. Secrets are never in it.
Result<Loaded> Load(const Sources& sources);

}  // namespace ingress::config
