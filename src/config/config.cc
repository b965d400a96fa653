#include "config/config.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/read_file.h"
#include "config/endpoint.h"
#include "config/options.h"
#include "config/reader.h"
#include "config/redis_section.h"
#include "config/rtc_section.h"
#include "config/rtmp_section.h"
#include "config/yaml_tree.h"

namespace ingress::config {
namespace {

/// WHIP's usual port gives way to another use of it that somebody has asked for.
void MakeRoomForGivenPorts(const Reader& reader, Config& config,
                           std::vector<std::string>& warnings) {
  Whip& whip = config.whip;
  whip.port_given = reader.Find("whip_port") != nullptr;
  if (whip.port_given) return;
  for (const Option& option : Options()) {
    const bool of_whip = option.path == "whip_port" || option.path.starts_with("rtc_config.");
    if (option.field.port == nullptr || of_whip) continue;
    if (whip.port == 0 || option.field.port(config) != whip.port) continue;
    warnings.push_back("WHIP is off, because " + std::string(option.path) + " has its usual port " +
                       std::to_string(whip.port) + "; set whip_port");
    whip.port = 0;
  }
}

/// Ports in use differ, and what the node cannot do without is not switched off.
void CheckPorts(const Reader& reader, const Config& config, Problems& problems) {
  if (reader.SaysOff("http_relay_port")) {
    reader.Reject("http_relay_port",
                  "cannot be switched off: the service hands every stream to its handler there, on "
                  "loopback. Remove the key for port 9090");
  }
  if (config.rtmp_port == 0 && config.whip.port == 0) {
    problems.Add(
        ErrorCode::kUnsupported,
        AtLine(reader.Find("rtmp_port")->line) +
            "rtmp_port switches RTMP off, and whip_port WHIP: the node would have nothing to do. "
            "Remove one of the keys for port 1935 or 8080");
  }
  std::map<std::uint16_t, std::string_view> keys;
  for (const Option& option : Options()) {
    const std::uint16_t port = option.field.port != nullptr ? option.field.port(config) : 0;
    if (port == 0) continue;
    const auto [first, alone] = keys.try_emplace(port, option.path);
    if (alone) continue;
    problems.Add(ErrorCode::kMalformed, std::string(first->second) + " and " +
                                            std::string(option.path) + " are both " +
                                            std::to_string(port));
  }
}

/// Warns of a level that counts for nothing.
void CheckLevels(const Reader& reader, Loaded& loaded) {
  const YamlNode::Entry* top = reader.Find("log_level");
  const YamlNode::Entry* section = reader.Find("logging.level");
  if (top == nullptr || section == nullptr) return;
  const std::optional<LogLevel> level = ParseLevel(top->value.scalar);
  if (!level || *level == loaded.config.log_level) return;
  loaded.warnings.push_back(AtLine(top->line) +
                            "log_level has no effect: logging.level says otherwise and wins");
}

/// The environment fills what the document leaves out.
void CompleteLiveKit(const Reader& reader, const Sources& sources, Config& config,
                     Problems& problems) {
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

void CheckTls(const Reader& reader, Loaded& loaded) {
  if (loaded.config.ca_cert_file.empty() || !loaded.config.ws_url.starts_with("ws://")) return;
  loaded.warnings.push_back(AtLine(reader.Find("tls.ca_cert_file")->line) +
                            "tls.ca_cert_file has no effect: ws_url begins with ws://, which is "
                            "not encrypted");
}

void ReadNodeCores(const Sources& sources, Config& config, Problems& problems) {
  if (!sources.cpu_request) return;
  config.cpu_cost.node_cores = ParseCores(*sources.cpu_request);
  if (config.cpu_cost.node_cores.value_or(0) <= 0) {
    problems.Add(ErrorCode::kMalformed,
                 "environment variable LIVEKIT_CPU_REQUEST must be a number of cores above 0");
  }
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
  for (const Option& option : Options()) {
    if (option.field.read != nullptr) option.field.read(reader, option, loaded.config);
  }
  CompleteLiveKit(reader, sources, loaded.config, problems);
  CheckTls(reader, loaded);
  CheckRedis(reader, loaded.config.redis, loaded.warnings);
  MakeRoomForGivenPorts(reader, loaded.config, loaded.warnings);
  CheckPorts(reader, loaded.config, problems);
  CheckWhip(reader, loaded.config, loaded.warnings);
  CheckRtmps(reader, loaded.config.rtmps, loaded.warnings);
  CheckLevels(reader, loaded);
  ReadNodeCores(sources, loaded.config, problems);
  CheckRequired(reader, loaded.config, problems);
  if (auto checked = problems.AsResult(); !checked) return std::unexpected(checked.error());
  return loaded;
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
    text = ReadFile(*sources.file, kMaxDocumentBytes);
    if (!text) return Wrap(origin, text.error());
  }
  auto root = ParseYaml(*text);
  if (!root) return Wrap(origin, root.error());
  auto loaded = Interpret(*root, sources);
  if (!loaded) return Wrap(origin, loaded.error());
  return loaded;
}

}  // namespace ingress::config
