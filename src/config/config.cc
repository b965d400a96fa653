#include "config/config.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "config/endpoint.h"
#include "config/reader.h"
#include "config/redis_section.h"
#include "config/rtmp_section.h"
#include "config/yaml_tree.h"

namespace ingress::config {
namespace {

using codec::H264Profile;

constexpr std::chrono::minutes kMaxReconnectGrace{10};
constexpr std::chrono::hours kMaxDrainTimeout{7 * 24};
constexpr int kMaxSessions = 100'000;
constexpr int kMaxWarmHandlers = 100;
constexpr int kMaxLimit = 1'000'000;
constexpr double kIdleNotLookedAt = -1;
constexpr double kMaxIdleRatio = 1;
constexpr double kMinBitrateRatio = 0.1;
constexpr double kMaxBitrateRatio = 100;
constexpr int kMinInputPixels = 640 * 360;
constexpr int kMaxInputPixels = 8192 * 4352;  // the largest level of H.264 and HEVC

std::uint16_t ReadPort(const Reader& reader, std::string_view path, std::uint16_t fallback) {
  const std::optional<int> port =
      reader.ReadInt(path, 0, std::numeric_limits<std::uint16_t>::max());
  return port && *port != 0 ? static_cast<std::uint16_t>(*port) : fallback;
}

/// Says -1, as for ports that can do without.
bool SwitchesOff(const YamlNode::Entry& port) {
  return !port.value.quoted && port.value.scalar.starts_with('-');
}

void ReadPorts(const Reader& reader, Config& config, Problems& problems) {
  config.health_port = reader.ReadPort("health_port").value_or(0);
  config.prometheus_port = reader.ReadPort("prometheus_port").value_or(0);
  const YamlNode::Entry* relay = reader.Find("http_relay_port");
  if (relay != nullptr && SwitchesOff(*relay)) {
    problems.Add(ErrorCode::kMalformed,
                 AtLine(relay->line) +
                     "http_relay_port cannot be switched off: the service hands every stream to "
                     "its handler there, on loopback. Remove the key for port 9090");
  } else {
    config.http_relay_port = ReadPort(reader, "http_relay_port", config.http_relay_port);
  }
  config.debug_handler_port = reader.ReadPort("debug_handler_port").value_or(0);
  config.rtmps.port = reader.ReadPort("rtmps_port").value_or(0);
  const YamlNode::Entry* rtmp = reader.Find("rtmp_port");
  if (rtmp != nullptr && SwitchesOff(*rtmp)) {
    problems.Add(
        ErrorCode::kUnsupported,
        AtLine(rtmp->line) +
            "rtmp_port switches RTMP off, and this version serves no other input (no WHIP, "
            "no URL): the node would have nothing to do. Remove the key for port 1935, or "
            "keep LiveKit's own ingress service on nodes for WHIP alone");
  } else {
    config.rtmp_port = ReadPort(reader, "rtmp_port", config.rtmp_port);
  }

  const std::array<std::pair<std::string_view, std::uint16_t>, 6> ports = {
      {{"rtmp_port", config.rtmp_port},
       {"rtmps_port", config.rtmps.port},
       {"http_relay_port", config.http_relay_port},
       {"health_port", config.health_port},
       {"prometheus_port", config.prometheus_port},
       {"debug_handler_port", config.debug_handler_port}}};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    for (std::size_t j = i + 1; j < ports.size(); ++j) {
      if (ports[i].second == 0 || ports[i].second != ports[j].second) continue;
      problems.Add(ErrorCode::kMalformed, std::string(ports[i].first) + " and " +
                                              std::string(ports[j].first) + " are both " +
                                              std::to_string(ports[i].second));
    }
  }
}

std::optional<LogLevel> ReadLevel(const Reader& reader, std::string_view path) {
  return reader.ReadOneOf<LogLevel>(path,
                                    {{"debug", LogLevel::kDebug},
                                     {"info", LogLevel::kInfo},
                                     {"warn", LogLevel::kWarn},
                                     {"error", LogLevel::kError}},
                                    {{"trace", LogLevel::kDebug},
                                     {"warning", LogLevel::kWarn},
                                     {"dpanic", LogLevel::kError},
                                     {"panic", LogLevel::kError},
                                     {"fatal", LogLevel::kError}});
}

void ReadLogging(const Reader& reader, Loaded& loaded) {
  const std::optional<LogLevel> top = ReadLevel(reader, "log_level");
  const std::optional<LogLevel> section = ReadLevel(reader, "logging.level");
  loaded.config.log_level = section.value_or(top.value_or(loaded.config.log_level));
  if (top && section && *top != *section) {
    loaded.warnings.push_back(AtLine(reader.Find("log_level")->line) +
                              "log_level has no effect: logging.level says otherwise and wins");
  }
  reader.Read("logging.json", loaded.config.log_json);
}

void ReadLiveKit(const Reader& reader, const Sources& sources, Config& config, Problems& problems) {
  reader.Read("api_key", config.api_key);
  reader.Read("api_secret", config.api_secret);
  reader.Read("ws_url", config.ws_url);
  const std::string from =
      config.ws_url.empty() ? "LIVEKIT_WS_URL " : AtLine(reader.Find("ws_url")->line) + "ws_url ";
  if (config.api_key.empty()) config.api_key = sources.api_key.value_or("");
  if (config.api_secret.empty()) config.api_secret = sources.api_secret.value_or("");
  if (config.ws_url.empty()) config.ws_url = sources.ws_url.value_or("");
  if (config.ws_url.empty()) return;
  if (auto url = AsWebSocketUrl(config.ws_url)) {
    config.ws_url = *url;
  } else {
    problems.Add(ErrorCode::kMalformed,
                 from +
                     "must be the URL of livekit-server without user name or password, for "
                     "example ws://127.0.0.1:7880 or wss://livekit.example.com");
  }
}

void ReadTls(const Reader& reader, Loaded& loaded) {
  reader.Read("tls.ca_cert_file", loaded.config.ca_cert_file);
  if (loaded.config.ca_cert_file.empty() || !loaded.config.ws_url.starts_with("ws://")) return;
  loaded.warnings.push_back(AtLine(reader.Find("tls.ca_cert_file")->line) +
                            "tls.ca_cert_file has no effect: ws_url begins with ws://, which is "
                            "not encrypted");
}

void ReadCosts(const Reader& reader, const Sources& sources, Config& config, Problems& problems) {
  config.cpu_cost.rtmp = reader.ReadCores("cpu_cost.rtmp_cpu_cost");
  const double ratio =
      reader.ReadNumber("cpu_cost.min_idle_ratio", kIdleNotLookedAt, kMaxIdleRatio).value_or(0);
  if (ratio < 0) config.cpu_cost.min_idle_ratio.reset();
  if (ratio > 0) config.cpu_cost.min_idle_ratio = ratio;
  if (!sources.cpu_request) return;
  config.cpu_cost.node_cores = ParseCores(*sources.cpu_request);
  if (config.cpu_cost.node_cores.value_or(0) <= 0) {
    problems.Add(ErrorCode::kMalformed,
                 "environment variable LIVEKIT_CPU_REQUEST must be a number of cores above 0");
  }
}

void ReadMedia(const Reader& reader, MediaOptions& media) {
  media.transcoding = reader
                          .ReadOneOf<Transcoding>("transcoding", {{"auto", Transcoding::kAuto},
                                                                  {"always", Transcoding::kAlways},
                                                                  {"never", Transcoding::kNever}})
                          .value_or(media.transcoding);
  media.h264_profile =
      reader
          .ReadOneOf<H264Profile>("h264_profile", {{"high", H264Profile::kHigh},
                                                   {"main", H264Profile::kMain},
                                                   {"baseline", H264Profile::kBaseline}})
          .value_or(media.h264_profile);
  media.max_bitrate_ratio =
      reader.ReadNumber("passthrough.max_bitrate_ratio", kMinBitrateRatio, kMaxBitrateRatio)
          .value_or(media.max_bitrate_ratio);
  if (const auto pixels = reader.ReadInt("max_input_pixels", kMinInputPixels, kMaxInputPixels)) {
    media.max_input_pixels = *pixels;
  }
}

void ReadSessions(const Reader& reader, Config& config) {
  config.reconnect_grace =
      reader.ReadDuration("reconnect_grace", kMaxReconnectGrace).value_or(config.reconnect_grace);
  config.takeover = reader
                        .ReadOneOf<Takeover>("takeover", {{"takeover", Takeover::kTakeover},
                                                          {"reject", Takeover::kReject}})
                        .value_or(config.takeover);
  if (const auto limit = reader.ReadInt("max_sessions", 0, kMaxSessions); limit && *limit != 0) {
    config.max_sessions = static_cast<std::size_t>(*limit);
  }
  if (const auto warm = reader.ReadInt("warm_handlers", 0, kMaxWarmHandlers)) {
    config.warm_handlers = static_cast<std::size_t>(*warm);
  }
  config.drain_timeout =
      reader.ReadDuration("drain_timeout", kMaxDrainTimeout).value_or(config.drain_timeout);
}

void ReadLimits(const Reader& reader, Limits& limits) {
  const auto read = [&reader](std::string_view path, int min, std::size_t& out) {
    if (const auto value = reader.ReadInt(path, min, kMaxLimit)) {
      out = static_cast<std::size_t>(*value);
    }
  };
  read("limits.connections", 1, limits.connections);
  read("limits.connections_per_address", 1, limits.connections_per_address);
  read("limits.wrong_keys_per_minute", 0, limits.wrong_keys_per_minute);
}

// A value of the wrong kind has been reported as such and is not missing.
bool IsMistypedText(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  return entry != nullptr && entry->value.kind != YamlNode::Kind::kScalar;
}

void CheckRequired(const Reader& reader, const Config& config, Problems& problems) {
  const auto given = [&reader](std::string_view path) {
    const YamlNode::Entry* entry = reader.Find(path);
    return entry != nullptr && !IsOff(entry->value);
  };
  const bool other_redis = given("redis.sentinel_addresses") || given("redis.cluster_addresses");
  struct Required {
    std::string_view path;
    bool present;
    std::string_view hint;
  };
  const std::array<Required, 4> required = {{
      {"api_key", !config.api_key.empty(), "key api_key or environment variable LIVEKIT_API_KEY"},
      {"api_secret", !config.api_secret.empty(),
       "key api_secret or environment variable LIVEKIT_API_SECRET"},
      {"ws_url", !config.ws_url.empty(),
       "key ws_url or environment variable LIVEKIT_WS_URL, for example ws://127.0.0.1:7880"},
      {"redis.address", !config.redis.address.empty() || other_redis,
       "key address in the section redis, for example 127.0.0.1:6379"},
  }};
  std::string missing;
  for (const Required& one : required) {
    if (one.present || IsMistypedText(reader, one.path)) continue;
    missing +=
        (missing.empty() ? "" : "; ") + std::string(one.path) + " (" + std::string(one.hint) + ")";
  }
  if (!missing.empty()) problems.Add(ErrorCode::kMalformed, "missing settings: " + missing);
}

/// A day's help for who moves here with a file that holds keys of its own.
UnknownKeys ReadStrictness(const Reader& reader, const Sources& sources) {
  bool strict = !sources.lenient;
  reader.Read("strict", strict);
  return strict ? UnknownKeys::kRefuse : UnknownKeys::kWarn;
}

Result<Loaded> Interpret(const YamlNode& root, const Sources& sources) {
  if (root.kind != YamlNode::Kind::kMap && root.kind != YamlNode::Kind::kNull) {
    return Fail(ErrorCode::kMalformed,
                AtLine(root.line) + "the document must be a map of keys and values (key: value)");
  }
  Loaded loaded;
  Problems problems;
  const Reader reader(root, problems);
  CheckKeys(root, ReadStrictness(reader, sources), problems, loaded.warnings);
  ReadLiveKit(reader, sources, loaded.config, problems);
  ReadTls(reader, loaded);
  ReadRedis(reader, loaded.config.redis, problems, loaded.warnings);
  ReadPorts(reader, loaded.config, problems);
  ReadRtmp(reader, loaded.config, problems, loaded.warnings);
  ReadLogging(reader, loaded);
  ReadMedia(reader, loaded.config.media);
  ReadSessions(reader, loaded.config);
  ReadLimits(reader, loaded.config.limits);
  ReadCosts(reader, sources, loaded.config, problems);
  CheckRequired(reader, loaded.config, problems);
  if (auto checked = problems.AsResult(); !checked) return std::unexpected(checked.error());
  return loaded;
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    const ErrorCode code = reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal;
    return Fail(code, std::string("cannot open: ") + std::generic_category().message(reason));
  }
  std::string text(kMaxDocumentBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Fail(ErrorCode::kInternal, "cannot read; is it a file?");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::optional<std::string> Environment(const char* name) {
  const char* value = std::getenv(name);  // read before any thread starts
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

Sources SourcesFromEnvironment() {
  return {.body = Environment("INGRESS_CONFIG_BODY"),
          .file = Environment("INGRESS_CONFIG_FILE"),
          .api_key = Environment("LIVEKIT_API_KEY"),
          .api_secret = Environment("LIVEKIT_API_SECRET"),
          .ws_url = Environment("LIVEKIT_WS_URL"),
          .cpu_request = Environment("LIVEKIT_CPU_REQUEST"),
          .lenient = Environment("INGRESS_LENIENT").value_or("0") != "0"};
}

Result<Loaded> Load(const Sources& sources) {
  std::string origin = "config body";
  Result<std::string> text = sources.body.value_or("");
  if (!sources.body) {
    if (!sources.file) {
      return Fail(ErrorCode::kNotFound,
                  "missing config: pass --config FILE or --config-body YAML, or set "
                  "INGRESS_CONFIG_FILE or INGRESS_CONFIG_BODY; deploy/ingress.yaml is an example");
    }
    origin = "config file " + *sources.file;
    text = ReadFile(*sources.file);
    if (!text) return Wrap(origin, text.error());
  }
  auto root = ParseYaml(*text);
  if (!root) return Wrap(origin, root.error());
  auto loaded = Interpret(*root, sources);
  if (!loaded) return Wrap(origin, loaded.error());
  return loaded;
}

}  // namespace ingress::config
