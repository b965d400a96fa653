#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "base/log_level.h"
#include "base/result.h"
#include "config/rtc.h"
#include "domain/media_options.h"
#include "domain/redis_settings.h"
#include "domain/takeover_policy.h"

namespace ingress::config {

struct CpuCost {
  /// Cores kept free for one RTMP session until its own use has been measured. The documented
  /// default is 2.0, a full ladder; without a value of the operator's the node's size caps it.
  std::optional<double> rtmp;
  std::optional<double> whip;         // the same for WHIP with transcoding …
  std::optional<double> whip_bypass;  // … and without
  /// LIVEKIT_CPU_REQUEST: cores to count on where the container's limit does not say so.
  std::optional<double> node_cores;
  /// Share of the node that has to be idle for it to be available to another stream; one that comes
  /// all the same is taken down to half of that. Empty: what others use is not looked at.
  std::optional<double> min_idle_ratio = 0.3;
};

/// RTMP over TLS.
struct Rtmps {
  std::uint16_t port = 0;  // 0: off; otherwise both files are given
  std::string cert_file;   // PEM, with the chain
  std::string key_file;    // PEM, without a passphrase

  bool operator==(const Rtmps&) const = default;
};

/// The certificate by which the WHIP port speaks TLS; both or none.
struct WhipTls {
  std::string cert_file;  // PEM, with the chain
  std::string key_file;   // PEM, without a passphrase

  bool on() const { return !cert_file.empty() && !key_file.empty(); }
  bool operator==(const WhipTls&) const = default;
};

/// WHIP; how its media comes says Rtc.
struct Whip {
  std::uint16_t port = 8080;  // of its HTTP; 0: off
  bool port_given = false;    // else the node starts without WHIP where it cannot be had
  WhipTls tls{};

  bool operator==(const Whip&) const = default;
};

/// What peers get before they have shown a valid stream key.
struct Limits {
  std::size_t connections = 4096;             // RTMP, of the node
  std::size_t connections_per_address = 256;  // without a valid key; an IPv6 address counts as /64
  std::size_t wrong_keys_per_minute = 300;    // of an address; 0: no limit

  bool operator==(const Limits&) const = default;
};

/// The service's settings, validated. Ports: http_relay_port is never 0, which means off for the
/// others; rtmp_port and whip.port are not both off; ports in use differ from each other.
struct Config {
  std::string api_key;
  std::string api_secret;
  std::string ws_url;        // ws:// or wss://; http and https are read as those
  std::string ca_cert_file;  // PEM; believed of livekit-server besides the system's
  RedisSettings redis;
  std::uint16_t health_port = 0;
  std::uint16_t prometheus_port = 0;
  std::uint16_t rtmp_port = 1935;
  Rtmps rtmps;
  Whip whip;
  Rtc rtc;
  /// From here, connections to the RTMP and RTMPS ports begin with a PROXY header.
  std::vector<IpNetwork> proxy_protocol_from;
  std::uint16_t http_relay_port = 9090;  // loopback only
  LogLevel log_level = LogLevel::kInfo;
  bool log_json = false;
  CpuCost cpu_cost;
  MediaOptions media;
  /// How long participant and tracks stay for an encoder that was cut off; 0: not at all.
  std::chrono::milliseconds reconnect_grace{10'000};
  TakeoverPolicy takeover = TakeoverPolicy::kTakeover;
  std::optional<std::size_t> max_sessions;  // empty: as many as fit
  std::size_t warm_handlers = 1;            // processes kept ready for the next streams
  Limits limits;
  /// From the first signal until running streams are ended; 0: they may take as long as they like.
  std::chrono::milliseconds drain_timeout{0};
  std::uint16_t debug_handler_port = 0;  // loopback only; 0: off
};

struct Loaded {
  Config config;
  std::vector<std::string> warnings;  // keys of the Go service that are not served here, and why
};

/// Where a configuration comes from; the first that is set wins: body, then file.
struct Sources {
  std::optional<std::string> body = std::nullopt;  // YAML text
  std::optional<std::string> file = std::nullopt;  // path
  // Fill what the YAML leaves out (LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_WS_URL).
  std::optional<std::string> api_key = std::nullopt;
  std::optional<std::string> api_secret = std::nullopt;
  std::optional<std::string> ws_url = std::nullopt;
  std::optional<std::string> cpu_request = std::nullopt;  // LIVEKIT_CPU_REQUEST
  /// INGRESS_LENIENT: an unknown key is a warning, unless the YAML says `strict`.
  bool lenient = false;
};

/// Reads the process environment: INGRESS_CONFIG_BODY, INGRESS_CONFIG_FILE, INGRESS_LENIENT and the
/// LIVEKIT_… keys.
/// An empty variable counts as not set.
Sources SourcesFromEnvironment();

/// Parses and validates. Errors: kNotFound when there is no source or no such file; kLimitExceeded
/// for a document of more than 1 MiB; kMalformed for YAML that does not parse, an unknown key, a
/// wrong type, a value out of range or a missing key; kUnsupported where no input is left on.
/// The text names the line, the key and the nearest valid key or the accepted values, one problem a
/// line, at most 10. No value of the document is ever in it.
Result<Loaded> Load(const Sources& sources);

}  // namespace ingress::config
