#include "config/options.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>

#include "base/ascii.h"
#include "config/redis_section.h"
#include "config/rtc_section.h"
#include "config/rtmp_section.h"

namespace ingress::config {
namespace {

using codec::H264Profile;

constexpr int kMaxPort = std::numeric_limits<std::uint16_t>::max();
constexpr double kIdleNotLookedAt = -1;
constexpr double kMaxIdleRatio = 1;
constexpr int kMaxRedisDb = 65'535;
constexpr int kMaxSessions = 100'000;
constexpr int kMaxWarmHandlers = 100;
constexpr int kMaxLimit = 1'000'000;
constexpr double kMinBitrateRatio = 0.1;
constexpr double kMaxBitrateRatio = 100;
constexpr int kMinInputPixels = 640 * 360;
constexpr int kMaxInputPixels = 8192 * 4352;  // the largest level of H.264 and HEVC
constexpr std::chrono::minutes kMaxReconnectGrace{10};
constexpr std::chrono::hours kMaxDrainTimeout{7 * 24};

constexpr auto kLevels = std::to_array<Word<LogLevel>>({
    {"debug", LogLevel::kDebug},
    {"info", LogLevel::kInfo},
    {"warn", LogLevel::kWarn},
    {"error", LogLevel::kError},
    {"trace", LogLevel::kDebug, false},
    {"warning", LogLevel::kWarn, false},
    {"dpanic", LogLevel::kError, false},
    {"panic", LogLevel::kError, false},
    {"fatal", LogLevel::kError, false},
});

constexpr auto kTakeovers = std::to_array<Word<TakeoverPolicy>>({
    {"takeover", TakeoverPolicy::kTakeover},
    {"reject", TakeoverPolicy::kReject},
});

constexpr auto kTranscodings = std::to_array<Word<Transcoding>>({
    {"auto", Transcoding::kAuto},
    {"always", Transcoding::kAlways},
    {"never", Transcoding::kNever},
});

constexpr auto kProfiles = std::to_array<Word<H264Profile>>({
    {"high", H264Profile::kHigh},
    {"main", H264Profile::kMain},
    {"baseline", H264Profile::kBaseline},
});

/// The member of a member of `config`.
template <auto... Members>
constexpr auto& At(auto& config) {
  return (config.*....*Members);
}

using Read = void (*)(const Reader&, const Option&, Config&);

template <auto... Members>
constexpr Field Kept(Read read) {
  Field field;
  field.read = read;
  field.same = [](const Config& running, const Config& fresh) {
    return At<Members...>(running) == At<Members...>(fresh);
  };
  field.take = [](Config& running, const Config& fresh) {
    At<Members...>(running) = At<Members...>(fresh);
  };
  return field;
}

/// Another key for what a following one holds: that one says whether it has changed.
constexpr Field Alias(Field field) {
  field.same = nullptr;
  field.take = nullptr;
  return field;
}

/// Text, or true or false.
template <auto... Members>
constexpr Field Plain() {
  return Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    reader.Read(option.path, At<Members...>(config));
  });
}

/// Of words, each with its value.
template <const auto& kWords, auto... Members>
constexpr Field Choice() {
  return Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    auto& out = At<Members...>(config);
    out = reader.ReadOneOf(option.path, kWords).value_or(out);
  });
}

template <auto... Members>
constexpr Field Port() {
  Field field = Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    At<Members...>(config) = reader.ReadPort(option.path).value_or(0);
  });
  field.port = [](const Config& config) { return At<Members...>(config); };
  return field;
}

/// As the Go service has it: 0 stands for the default; below it the port is off.
template <auto... Members>
constexpr Field UsualPort() {
  Field field = Port<Members...>();
  field.read = [](const Reader& reader, const Option& option, Config& config) {
    const auto port = reader.ReadPort(option.path);
    if (!port) return;
    if (*port != 0 || reader.SaysOff(option.path)) At<Members...>(config) = *port;
  };
  return field;
}

/// Never 0, which stands for the default.
template <auto... Members>
constexpr Field NeededPort() {
  Field field = Port<Members...>();
  field.read = [](const Reader& reader, const Option& option, Config& config) {
    if (reader.SaysOff(option.path)) return;  // CheckPorts() says why that cannot be
    const int port = reader.ReadInt(option.path, 0, kMaxPort).value_or(0);
    if (port != 0) At<Members...>(config) = static_cast<std::uint16_t>(port);
  };
  return field;
}

/// Of UDP, so that it may have the number of another.
template <auto... Members>
constexpr Field UdpPort() {
  return Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    At<Members...>(config) =
        static_cast<std::uint16_t>(reader.ReadInt(option.path, 0, kMaxPort).value_or(0));
  });
}

/// What a function of its section reads.
template <auto kReader, auto... Members>
constexpr Field ReadBy() {
  return Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    At<Members...>(config) = kReader(reader, option.path);
  });
}

constexpr Field UdpPorts() {
  return Kept<&Config::rtc, &Rtc::udp_port>(
      [](const Reader& reader, const Option& option, Config& config) {
        ReadPortRange(reader, option.path, config.rtc.udp_port);
      });
}

template <auto... Members>
constexpr Field Count(int min, int max) {
  Field field = Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    auto& out = At<Members...>(config);
    const auto count = reader.ReadInt(option.path, static_cast<int>(option.field.min),
                                      static_cast<int>(option.field.max));
    if (count) out = static_cast<std::remove_reference_t<decltype(out)>>(*count);
  });
  field.min = min;
  field.max = max;
  return field;
}

/// The same; 0 stands for no limit.
template <auto... Members>
constexpr Field CountOrAny(int max) {
  Field field = Count<Members...>(0, max);
  field.read = [](const Reader& reader, const Option& option, Config& config) {
    const int count =
        reader.ReadInt(option.path, 0, static_cast<int>(option.field.max)).value_or(0);
    if (count != 0) At<Members...>(config) = static_cast<std::size_t>(count);
  };
  return field;
}

template <auto... Members>
constexpr Field Number(double min, double max) {
  Field field = Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    auto& out = At<Members...>(config);
    out = reader.ReadNumber(option.path, option.field.min, option.field.max).value_or(out);
  });
  field.min = min;
  field.max = max;
  return field;
}

/// As the Go service has it: 0 stands for the default; below it nothing is looked at.
template <auto... Members>
constexpr Field IdleRatio() {
  Field field = Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    auto& out = At<Members...>(config);
    const double ratio =
        reader.ReadNumber(option.path, option.field.min, option.field.max).value_or(0);
    if (ratio < 0) out.reset();
    if (ratio > 0) out = ratio;
  });
  field.min = kIdleNotLookedAt;
  field.max = kMaxIdleRatio;
  return field;
}

template <auto... Members>
constexpr Field Cores() {
  return Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    At<Members...>(config) = reader.ReadCores(option.path);
  });
}

template <auto... Members>
constexpr Field Duration(std::chrono::seconds limit) {
  Field field = Kept<Members...>([](const Reader& reader, const Option& option, Config& config) {
    auto& out = At<Members...>(config);
    const std::chrono::seconds max(static_cast<std::int64_t>(option.field.max));
    out = reader.ReadDuration(option.path, max).value_or(out);
  });
  field.max = static_cast<double>(limit.count());
  return field;
}

/// An old spelling of redis.tls.enabled: either switches TLS on.
constexpr Field RedisUseTls() {
  Field field;
  field.read = [](const Reader& reader, const Option& option, Config& config) {
    bool used = false;
    reader.Read(option.path, used);
    config.redis.tls.enabled |= used;
  };
  return field;
}

using enum Applies;

constexpr auto kOptions = std::to_array<Option>({
    {"api_key", kAtOnce, "", "`LIVEKIT_API_KEY`", "key pair of livekit-server; required",
     Plain<&Config::api_key>()},
    {"api_secret", kAtOnce, "", "`LIVEKIT_API_SECRET`", "", Plain<&Config::api_secret>()},
    {"ws_url", kAtRestart, "", "`LIVEKIT_WS_URL`",
     "where livekit-server is, `ws://` or `wss://`; required", Plain<&Config::ws_url>()},
    {"tls.ca_cert_file", kAtRestart, "", "none",
     "PEM file of authorities that livekit-server's certificate may have, besides the system's. "
     "Restart the service after a change of the file, too: processes that wait for a stream may "
     "read no other than they began with",
     Plain<&Config::ca_cert_file>()},

    {"redis.address", kAtRestart, "", "",
     "`host:port` of the Redis that livekit-server uses; required, or one of the next two",
     Plain<&Config::redis, &RedisSettings::address>()},
    {"redis.sentinel_addresses", kAtRestart, "", "none", "the sentinels say where Redis is",
     ReadBy<ReadAddresses, &Config::redis, &RedisSettings::sentinel_addresses>()},
    {"redis.sentinel_master_name", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::sentinel_master_name>()},
    {"redis.sentinel_username", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::sentinel_username>()},
    {"redis.sentinel_password", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::sentinel_password>()},
    {"redis.cluster_addresses", kAtRestart, "", "none", "some nodes of a Redis Cluster",
     ReadBy<ReadAddresses, &Config::redis, &RedisSettings::cluster_addresses>()},
    {"redis.tls.enabled", kAtRestart, "false", "",
     "TLS 1.2 or newer towards all of them; files are read again at each connection",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::enabled>()},
    {"redis.tls.insecure", kAtRestart, "false", "", "",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::insecure>()},
    {"redis.tls.server_name", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::server_name>()},
    {"redis.tls.ca_cert_file", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::ca_cert_file>()},
    {"redis.tls.client_cert_file", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::client_cert_file>()},
    {"redis.tls.client_key_file", kAtRestart, "", "", "",
     Plain<&Config::redis, &RedisSettings::tls, &RedisTls::client_key_file>()},
    {"redis.use_tls", kAtRestart, "false", "", "an old spelling of `redis.tls.enabled`",
     RedisUseTls()},
    {"redis.username", kAtRestart, "", "none", "who logs in there",
     Plain<&Config::redis, &RedisSettings::username>()},
    {"redis.password", kAtRestart, "", "", "", Plain<&Config::redis, &RedisSettings::password>()},
    {"redis.db", kAtRestart, "0", "", "number of the database; a cluster has one",
     Count<&Config::redis, &RedisSettings::db>(0, kMaxRedisDb)},

    {"rtmp_port", kAtRestart, "1935", "", "encoders, all interfaces",
     UsualPort<&Config::rtmp_port>()},
    {"rtmps_port", kAtRestart, "", "off",
     "encoders over TLS 1.2 or newer. Files in PEM, the certificate with its chain, the key "
     "without a passphrase; they are read again when they change, and used unless the ones before "
     "are valid and the new ones are not",
     Port<&Config::rtmps, &Rtmps::port>()},
    {"rtmps_cert_file", kAtRestart, "", "", "", Plain<&Config::rtmps, &Rtmps::cert_file>()},
    {"rtmps_key_file", kAtRestart, "", "", "", Plain<&Config::rtmps, &Rtmps::key_file>()},
    {"rtmp_proxy_protocol", kAtOnce, "", "none",
     "networks of balancers, such as `[10.0.0.0/8]`: connections from there begin with a PROXY "
     "header (version 1 or 2), which says the encoder's address; connections from elsewhere may "
     "not",
     ReadBy<ReadNetworks, &Config::proxy_protocol_from>()},
    {"whip_port", kAtRestart, "8080", "",
     "HTTP of WHIP clients, all interfaces. Where the key is not there and 8080 or the UDP port is "
     "taken, the node says so and serves RTMP alone",
     UsualPort<&Config::whip, &Whip::port>()},
    {"whip_tls.cert_file", kAtRestart, "", "plain HTTP",
     "the WHIP port speaks HTTPS alone, TLS 1.2 or newer, with this certificate. Files as those of "
     "RTMPS, and read again likewise",
     Plain<&Config::whip, &Whip::tls, &WhipTls::cert_file>()},
    {"whip_tls.key_file", kAtRestart, "", "", "",
     Plain<&Config::whip, &Whip::tls, &WhipTls::key_file>()},
    {"rtc_config.udp_port", kAtRestart, "7885", "",
     "media of all WHIP clients; of a range such as `7885-7890`, the first that is free",
     UdpPorts()},
    {"rtc_config.port_range_start", kAtRestart, "", "none",
     "the same: in the place of `udp_port`, the first of these that is free",
     UdpPort<&Config::rtc, &Rtc::port_range_start>()},
    {"rtc_config.port_range_end", kAtRestart, "", "", "",
     UdpPort<&Config::rtc, &Rtc::port_range_end>()},
    {"rtc_config.tcp_port", kAtRestart, "", "off",
     "the same over TCP, for clients that are let no UDP through",
     Port<&Config::rtc, &Rtc::tcp_port>()},
    {"rtc_config.force_tcp", kAtRestart, "false", "", "media comes over TCP alone",
     Plain<&Config::rtc, &Rtc::force_tcp>()},
    {"rtc_config.external_udp_port", kAtRestart, "", "the same",
     "what clients are told in the place of these ports, where a NAT or a container maps them",
     UdpPort<&Config::rtc, &Rtc::external_udp_port>()},
    {"rtc_config.external_tcp_port", kAtRestart, "", "", "",
     UdpPort<&Config::rtc, &Rtc::external_tcp_port>()},
    {"rtc_config.node_ip", kAtRestart, "", "the machine's addresses",
     "the address that WHIP clients send media to, or `{ipv4: …, ipv6: …}`",
     ReadBy<ReadIpAddresses, &Config::rtc, &Rtc::node_ips>()},
    {"rtc_config.use_external_ip", kAtRestart, "false", "",
     "clients are told the public addresses of the machine, as STUN servers see them, in the place "
     "of its own; while none has answered, `node_ip` or the machine's own",
     Plain<&Config::rtc, &Rtc::use_external_ip>()},
    {"rtc_config.external_ip_only", kAtRestart, "false", "",
     "with the key above: none that a STUN server has not seen",
     Plain<&Config::rtc, &Rtc::external_ip_only>()},
    {"rtc_config.advertise_internal_ip", kAtRestart, "false", "",
     "with `use_external_ip`: the machine's own as well",
     Plain<&Config::rtc, &Rtc::advertise_internal_ip>()},
    {"rtc_config.stun_servers", kAtRestart, "", "public ones, for `use_external_ip` alone",
     "`host:port` of STUN servers; clients are told of them too (`Link`)",
     ReadBy<ReadStunServers, &Config::rtc, &Rtc::stun_servers>()},
    {"rtc_config.turn_servers", kAtRestart, "", "none",
     "TURN servers that clients are told of: a list of maps with `host`, `port`, `protocol` "
     "(`udp`, "
     "`tcp`, `tls`), and either `username` and `credential`, or `secret` and `ttl`, of which each "
     "client gets a credential of its own",
     ReadBy<ReadTurnServers, &Config::rtc, &Rtc::turn_servers>()},
    {"rtc_config.interfaces.includes", kAtRestart, "", "all",
     "names of the interfaces by which media comes, and of those by which it does not",
     ReadBy<ReadWords, &Config::rtc, &Rtc::interfaces, &Names::includes>()},
    {"rtc_config.interfaces.excludes", kAtRestart, "", "", "",
     ReadBy<ReadWords, &Config::rtc, &Rtc::interfaces, &Names::excludes>()},
    {"rtc_config.ips.includes", kAtRestart, "", "all",
     "the same by networks of the machine's addresses, such as `[10.0.0.0/8]`",
     ReadBy<ReadNetworks, &Config::rtc, &Rtc::ips, &Networks::includes>()},
    {"rtc_config.ips.excludes", kAtRestart, "", "", "",
     ReadBy<ReadNetworks, &Config::rtc, &Rtc::ips, &Networks::excludes>()},
    {"rtc_config.enable_loopback_candidate", kAtRestart, "false", "",
     "clients are told loopback addresses as well",
     Plain<&Config::rtc, &Rtc::enable_loopback_candidate>()},
    {"http_relay_port", kAtRestart, "9090", "",
     "between the service and its handlers, loopback only", NeededPort<&Config::http_relay_port>()},
    {"health_port", kAtRestart, "", "off",
     "`/ready` ready for streams, with the cause when not; `/availability` has room for another; "
     "`/` and any other path: the process works",
     Port<&Config::health_port>()},
    {"prometheus_port", kAtRestart, "", "off", "metrics, on every path",
     Port<&Config::prometheus_port>()},
    {"log_level", kAtOnce, "info", "", "the same as `logging.level`, which wins",
     Alias(Choice<kLevels, &Config::log_level>())},
    {"logging.level", kAtOnce, "info", "", "`debug`, `info`, `warn`, `error`",
     Choice<kLevels, &Config::log_level>()},
    {"logging.json", kAtRestart, "false", "", "a JSON object a line", Plain<&Config::log_json>()},

    {"cpu_cost.rtmp_cpu_cost", kAtOnce, "", "2.0, at most half of the node",
     "cores kept free for a stream until its own use is measured",
     Cores<&Config::cpu_cost, &CpuCost::rtmp>()},
    {"cpu_cost.whip_cpu_cost", kAtOnce, "", "as for RTMP",
     "the same for a WHIP stream with `enable_transcoding`",
     Cores<&Config::cpu_cost, &CpuCost::whip>()},
    {"cpu_cost.whip_bypass_transcoding_cpu_cost", kAtOnce, "", "0.1", "and for one without",
     Cores<&Config::cpu_cost, &CpuCost::whip_bypass>()},
    {"cpu_cost.min_idle_ratio", kAtOnce, "0.3", "",
     "part of the node (or of its container's quota) that has to be idle, whoever uses the rest, "
     "for `/availability`; half of that for an encoder that comes all the same. -1: other programs "
     "are not looked at",
     IdleRatio<&Config::cpu_cost, &CpuCost::min_idle_ratio>()},
    {"reconnect_grace", kAtOnce, "10s", "",
     "how long participant and tracks stay for an encoder that was cut off; 0: leave at once",
     Duration<&Config::reconnect_grace>(kMaxReconnectGrace)},
    {"takeover", kAtOnce, "takeover", "",
     "a second encoder with a live key: `takeover` (the first is told and closed) or `reject`",
     Choice<kTakeovers, &Config::takeover>()},
    {"max_sessions", kAtOnce, "", "as many as fit", "streams on this node",
     CountOrAny<&Config::max_sessions>(kMaxSessions)},
    {"limits.connections", kAtOnce, "4096", "", "RTMP connections of the node",
     Count<&Config::limits, &Limits::connections>(1, kMaxLimit)},
    {"limits.connections_per_address", kAtOnce, "256", "",
     "those of one address (IPv6: of one /64) without a valid stream key",
     Count<&Config::limits, &Limits::connections_per_address>(1, kMaxLimit)},
    {"limits.wrong_keys_per_minute", kAtOnce, "300", "",
     "stream keys of one address that are looked up and wrong; 0: no limit",
     Count<&Config::limits, &Limits::wrong_keys_per_minute>(0, kMaxLimit)},
    {"warm_handlers", kAtRestart, "1", "", "processes kept ready for the next streams",
     Count<&Config::warm_handlers>(0, kMaxWarmHandlers)},
    {"drain_timeout", kAtOnce, "0", "",
     "from the signal to drain until running streams are ended; 0: they end by themselves",
     Duration<&Config::drain_timeout>(kMaxDrainTimeout)},
    {"strict", kAtOnce, "true", "", "`false`: an unknown key is a warning", {}},
    {"debug_handler_port", kAtRestart, "", "off",
     "loopback only: `/sessions`, `/sessions/<resource id>` (DELETE with the header `X-Ingress: 1` "
     "ends it), `/ingress/<ingress id>` of any node",
     Port<&Config::debug_handler_port>()},

    {"transcoding", kAtOnce, "auto", "",
     "`auto`: pass through what viewers can play as it is, encode the rest; `always`; `never`: "
     "refuse to encode video",
     Choice<kTranscodings, &Config::media, &MediaOptions::transcoding>()},
    {"h264_profile", kAtOnce, "high", "", "of encoded layers: `high`, `main`, `baseline`",
     Choice<kProfiles, &Config::media, &MediaOptions::h264_profile>()},
    {"max_input_pixels", kAtOnce, "9437184", "4096×2304",
     "pixels of a source picture, lying or standing; 64 bytes for each, 604 MB, are what a decoder "
     "may take for the pictures that it keeps. A source beyond either is refused "
     "(`video_too_large`)",
     Count<&Config::media, &MediaOptions::max_input_pixels>(kMinInputPixels, kMaxInputPixels)},
    {"passthrough.max_bitrate_ratio", kAtOnce, "2.0", "",
     "a source above this multiple of its layer's bitrate is encoded",
     Number<&Config::media, &MediaOptions::max_bitrate_ratio>(kMinBitrateRatio, kMaxBitrateRatio)},
});

}  // namespace

std::optional<LogLevel> ParseLevel(std::string_view text) {
  const std::string word = ToLower(text);
  const auto* found = std::ranges::find(kLevels, word, &Word<LogLevel>::word);
  return found == kLevels.end() ? std::nullopt : std::optional(found->value);
}

std::span<const Option> Options() { return kOptions; }

}  // namespace ingress::config
