#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace ingress::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kMinimal =
    "api_key: devkey\n"
    "api_secret: hunter2\n"
    "ws_url: ws://127.0.0.1:7880\n"
    "redis:\n"
    "  address: 127.0.0.1:6379\n";

Result<Loaded> LoadText(std::string text) { return Load({.body = std::move(text)}); }

// The problems with kMinimal and `more` after it, which starts on line 6.
std::string ErrorWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  return loaded ? "" : loaded.error().context;
}

std::vector<std::string> WarningsWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().context;
  return loaded ? loaded->warnings : std::vector<std::string>{};
}

TEST(ConfigTest, FillsDefaultsAroundTheRequiredKeys) {
  const Loaded loaded = LoadText(kMinimal).value();
  const Config& config = loaded.config;
  EXPECT_EQ(config.api_key, "devkey");
  EXPECT_EQ(config.api_secret, "hunter2");
  EXPECT_EQ(config.ws_url, "ws://127.0.0.1:7880");
  EXPECT_EQ(config.redis.address, "127.0.0.1:6379");
  EXPECT_EQ(config.rtmp_port, 1935);
  EXPECT_EQ(config.http_relay_port, 9090);
  EXPECT_EQ(config.health_port, 0);
  EXPECT_EQ(config.prometheus_port, 0);
  EXPECT_EQ(config.log_level, LogLevel::kInfo);
  EXPECT_FALSE(config.log_json);
  EXPECT_FALSE(config.cpu_cost.rtmp.has_value());
  EXPECT_EQ(config.cpu_cost.min_idle_ratio, 0.3);
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(ConfigTest, ReadsTheIdleRatioAsTheGoServiceDoesAndNegativeOnesAsOff) {
  const auto ratio = [](const std::string& value) {
    return LoadText(std::string(kMinimal) + "cpu_cost: {min_idle_ratio: " + value + "}\n")
        .value()
        .config.cpu_cost.min_idle_ratio;
  };
  EXPECT_EQ(ratio("0.5"), 0.5);
  EXPECT_EQ(ratio("0"), 0.3);
  EXPECT_EQ(ratio("-1"), std::nullopt);
  EXPECT_EQ(ratio("-0.1"), std::nullopt);
  for (const char* value : {"1.1", "-2", "half", ".nan"}) {
    EXPECT_THAT(ErrorWith("cpu_cost: {min_idle_ratio: " + std::string(value) + "}\n"),
                HasSubstr("cpu_cost.min_idle_ratio must be a number from -1 to 1"))
        << value;
  }
}

TEST(ConfigTest, ReadsEveryServedKey) {
  const Config config = LoadText(
                            "api_key: k\n"
                            "api_secret: 12345\n"  // a number is text here, as in the Go service
                            "ws_url: https://livekit.example.com/path\n"
                            "redis: {address: '[::1]:6380', username: u, password: p, db: 3}\n"
                            "health_port: 8081\n"
                            "prometheus_port: 6789\n"
                            "rtmp_port: 1936\n"
                            "http_relay_port: 9091\n"
                            "logging: {level: WARN, json: yes}\n"
                            "cpu_cost: {rtmp_cpu_cost: 1.5}\n")
                            .value()
                            .config;
  EXPECT_EQ(config.api_secret, "12345");
  EXPECT_EQ(config.ws_url, "wss://livekit.example.com/path");
  EXPECT_EQ(config.redis.address, "[::1]:6380");
  EXPECT_EQ(config.redis.username, "u");
  EXPECT_EQ(config.redis.password, "p");
  EXPECT_EQ(config.redis.db, 3);
  EXPECT_EQ(config.health_port, 8081);
  EXPECT_EQ(config.prometheus_port, 6789);
  EXPECT_EQ(config.rtmp_port, 1936);
  EXPECT_EQ(config.http_relay_port, 9091);
  EXPECT_EQ(config.log_level, LogLevel::kWarn);
  EXPECT_TRUE(config.log_json);
  EXPECT_DOUBLE_EQ(config.cpu_cost.rtmp.value(), 1.5);
}

TEST(ConfigTest, ReadsWhichRoutesAndEncodersAreAllowed) {
  const Media defaults = LoadText(kMinimal).value().config.media;
  EXPECT_EQ(defaults.transcoding, Transcoding::kAuto);
  EXPECT_EQ(defaults.h264_profile, codec::H264Profile::kHigh);
  EXPECT_DOUBLE_EQ(defaults.max_bitrate_ratio, 2.0);
  EXPECT_EQ(defaults.max_input_pixels, 4096 * 2304);
  const Media media = LoadText(kMinimal + std::string("transcoding: Never\n"
                                                      "h264_profile: baseline\n"
                                                      "max_input_pixels: 2073600\n"
                                                      "passthrough: {max_bitrate_ratio: 1.5}\n"))
                          .value()
                          .config.media;
  EXPECT_EQ(media.transcoding, Transcoding::kNever);
  EXPECT_EQ(media.h264_profile, codec::H264Profile::kBaseline);
  EXPECT_DOUBLE_EQ(media.max_bitrate_ratio, 1.5);
  EXPECT_EQ(media.max_input_pixels, 1920 * 1080);
  EXPECT_THAT(ErrorWith("max_input_pixels: 1000\n"), HasSubstr("max_input_pixels must be"));
  EXPECT_THAT(ErrorWith("max_input_pixels: 100000000\n"), HasSubstr("max_input_pixels must be"));
  EXPECT_THAT(ErrorWith("transcoding: sometimes\n"),
              EndsWith("line 6: transcoding must be one of auto, always, never"));
  EXPECT_THAT(ErrorWith("passthrough: {max_bitrate_ratio: 0}\n"),
              EndsWith("passthrough.max_bitrate_ratio must be a number from 0.1 to 100, without "
                       "quotes"));
}

TEST(ConfigTest, ReadsHowSessionsStartAndEnd) {
  const Config defaults = LoadText(kMinimal).value().config;
  EXPECT_EQ(defaults.reconnect_grace, std::chrono::seconds(10));
  EXPECT_EQ(defaults.takeover, Takeover::kTakeover);
  EXPECT_FALSE(defaults.max_sessions.has_value());
  EXPECT_EQ(defaults.drain_timeout.count(), 0);
  const Config config = LoadText(kMinimal + std::string("reconnect_grace: 0\n"
                                                        "takeover: reject\n"
                                                        "max_sessions: 12\n"
                                                        "warm_handlers: 0\n"
                                                        "drain_timeout: 1h30m\n"
                                                        "debug_handler_port: 7000\n"))
                            .value()
                            .config;
  EXPECT_EQ(config.reconnect_grace.count(), 0);
  EXPECT_EQ(config.takeover, Takeover::kReject);
  EXPECT_EQ(config.max_sessions, 12U);
  EXPECT_EQ(config.warm_handlers, 0U);
  EXPECT_EQ(config.drain_timeout, std::chrono::minutes(90));
  EXPECT_EQ(config.debug_handler_port, 7000);
  for (const char* value : {"-1s", "ten", "5 s", "1d", "11m", "[]"}) {
    EXPECT_THAT(ErrorWith("reconnect_grace: " + std::string(value) + "\n"),
                HasSubstr("reconnect_grace must be a length of time of at most 600 s"))
        << value;
  }
}

TEST(ConfigTest, ReadsTheLimitsOnStrangers) {
  const Limits defaults = LoadText(kMinimal)->config.limits;
  EXPECT_EQ(defaults.connections, 4096U);
  EXPECT_EQ(defaults.connections_per_address, 256U);
  EXPECT_EQ(defaults.wrong_keys_per_minute, 300U);
  const Limits limits = LoadText(std::string(kMinimal) +
                                 "limits:\n  connections: 10\n  connections_per_address: 5\n"
                                 "  wrong_keys_per_minute: 0\n")
                            ->config.limits;
  EXPECT_EQ(limits,
            (Limits{.connections = 10, .connections_per_address = 5, .wrong_keys_per_minute = 0}));
  EXPECT_THAT(ErrorWith("limits:\n  connections: 0\n"), HasSubstr("limits.connections must be"));
  EXPECT_THAT(ErrorWith("limits:\n  conections: 9\n"), HasSubstr("limits.connections?"));
}

TEST(ConfigTest, TakesPortZeroAsTheDefault) {
  const Config config =
      LoadText(kMinimal + std::string("rtmp_port: 0\nhttp_relay_port: 0\n")).value().config;
  EXPECT_EQ(config.rtmp_port, 1935);
  EXPECT_EQ(config.http_relay_port, 9090);
}

TEST(ConfigTest, TakesLogLevelFromTheTopUnlessTheSectionSaysOtherwise) {
  EXPECT_EQ(LoadText(kMinimal + std::string("log_level: debug\n")).value().config.log_level,
            LogLevel::kDebug);
  const Loaded both =
      LoadText(kMinimal + std::string("log_level: debug\nlogging: {level: error}\n")).value();
  EXPECT_EQ(both.config.log_level, LogLevel::kError);
  EXPECT_THAT(both.warnings, ElementsAre(HasSubstr("logging.level says otherwise and wins")));
}

TEST(ConfigTest, FillsSecretsFromTheEnvironmentUnlessTheFileHasThem) {
  const Sources sources = {.body = "redis: {address: 'r:1'}\napi_key: from_file\napi_secret: ''\n",
                           .api_key = "from_env",
                           .api_secret = "env_secret",
                           .ws_url = "wss://env.example.com"};
  const Config config = Load(sources).value().config;
  EXPECT_EQ(config.api_key, "from_file");
  EXPECT_EQ(config.api_secret, "env_secret");
  EXPECT_EQ(config.ws_url, "wss://env.example.com");
}

TEST(ConfigTest, NamesAllMissingKeysAndHowToSetThem) {
  const auto loaded = LoadText("");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(loaded.error().context,
              AllOf(HasSubstr("api_key"), HasSubstr("LIVEKIT_API_KEY"), HasSubstr("api_secret"),
                    HasSubstr("LIVEKIT_API_SECRET"), HasSubstr("ws_url"),
                    HasSubstr("LIVEKIT_WS_URL"), HasSubstr("redis.address")));
}

TEST(ConfigTest, CountsAnEmptyValueAsMissing) {
  EXPECT_THAT(LoadText("api_key: ''\napi_secret: s\nws_url: ws://h\nredis: {address: 'r:1'}\n")
                  .error()
                  .context,
              EndsWith("missing settings: api_key (key api_key or environment variable "
                       "LIVEKIT_API_KEY)"));
}

TEST(ConfigTest, RejectsUnknownKeysWithLineAndNearestKey) {
  EXPECT_EQ(ErrorWith("rmtp_port: 1935\n"),
            "config body: line 6: unknown key rmtp_port; did you mean rtmp_port?");
  EXPECT_THAT(ErrorWith("logging:\n  jsn: true\n"),
              EndsWith("line 7: unknown key logging.jsn; did you mean logging.json?"));
}

TEST(ConfigTest, LooksIntoNoSectionThatIsNotServed) {
  EXPECT_THAT(WarningsWith("rtc_config: {udp_prt: 1, more: {of: it}}\npsrpc: [odd]\n"), SizeIs(2));
}

TEST(ConfigTest, LetsUnknownKeysPassWhereSomebodySaysSo) {
  EXPECT_THAT(WarningsWith("strict: false\nrmtp_port: 1935\nlogging: {jsn: true}\n"),
              ElementsAre("line 7: unknown key rmtp_port; did you mean rtmp_port?",
                          "line 8: unknown key logging.jsn; did you mean logging.json?"));
  const auto with = [](bool lenient, const char* more) {
    return Load({.body = kMinimal + std::string(more), .lenient = lenient}).has_value();
  };
  EXPECT_TRUE(with(true, "http_relay_url: x\n"));
  EXPECT_FALSE(with(false, "http_relay_url: x\n"));
  EXPECT_FALSE(with(true, "strict: true\nhttp_relay_url: x\n"));
  EXPECT_FALSE(with(true, "rtmp_port: often\n")) << "a value that cannot be is still none";
}

TEST(ConfigTest, LeavesKeysOfOthersInPeaceThatAnAliasTakesFrom) {
  EXPECT_THAT(WarningsWith("x-shared: &level warn\nlogging: {level: *level}\n"), IsEmpty());
  EXPECT_THAT(ErrorWith("logging: {x-shared: 1}\n"), HasSubstr("unknown key logging.x-shared"));
}

TEST(ConfigTest, TakesEmptyTextForAKeyThatIsNotThere) {
  const Loaded loaded =
      LoadText(kMinimal + std::string("health_port: \"\"\nrtmp_port: ''\nlog_level:\n"
                                      "logging: {level: \"\", json: \"\"}\ncpu_cost: \"\"\n"
                                      "reconnect_grace: \"\"\ntakeover: ''\nmax_sessions: ''\n"))
          .value();
  EXPECT_EQ(loaded.config.health_port, 0);
  EXPECT_EQ(loaded.config.rtmp_port, 1935);
  EXPECT_EQ(loaded.config.log_level, LogLevel::kInfo);
  EXPECT_EQ(loaded.config.reconnect_grace, std::chrono::seconds(10));
  EXPECT_THAT(loaded.warnings, IsEmpty());
  EXPECT_THAT(ErrorWith("health_port: \" \"\n"), HasSubstr("health_port must be"));
}

TEST(ConfigTest, TakesMinusOneForAPortThatIsOff) {
  const Config config = LoadText(kMinimal + std::string("health_port: -1\nprometheus_port: -1\n"
                                                        "debug_handler_port: -1\n"))
                            .value()
                            .config;
  EXPECT_EQ(config.health_port, 0);
  EXPECT_EQ(config.prometheus_port, 0);
  EXPECT_EQ(config.debug_handler_port, 0);
  EXPECT_THAT(ErrorWith("http_relay_port: -1\n"),
              HasSubstr("http_relay_port cannot be switched off"));
}

TEST(ConfigTest, KnowsTheLevelsOfOtherLoggers) {
  const auto level = [](const char* name) {
    return LoadText(kMinimal + ("log_level: " + std::string(name) + "\n")).value().config.log_level;
  };
  EXPECT_EQ(level("trace"), LogLevel::kDebug);
  EXPECT_EQ(level("Warning"), LogLevel::kWarn);
  EXPECT_EQ(level("fatal"), LogLevel::kError);
}

TEST(ConfigTest, ExplainsAKeyWrittenWithADot) {
  EXPECT_THAT(ErrorWith("logging.level: debug\n"),
              EndsWith("line 6: unknown key logging.level; write it as a section with the key "
                       "indented below it"));
}

TEST(ConfigTest, RejectsWrongTypesAndRanges) {
  const std::string port = "must be a whole number from 0 to 65535, without quotes, or -1 for off";
  for (const char* value : {"abc", "65536", "--1", "1.5", "'8080'", "[1]", "{}", "0x50", "1 2"}) {
    EXPECT_THAT(ErrorWith("health_port: " + std::string(value) + "\n"),
                EndsWith("line 6: health_port " + port))
        << value;
  }
  EXPECT_THAT(ErrorWith("logging: {json: 1}\n"), HasSubstr("logging.json must be true or false"));
  EXPECT_THAT(ErrorWith("logging: {json: 'true'}\n"), HasSubstr("must be true or false"));
  EXPECT_THAT(ErrorWith("log_level: loud\n"), HasSubstr("must be one of debug, info, warn, error"));
  EXPECT_THAT(ErrorWith("logging: verbose\n"), HasSubstr("logging must be a section of keys"));
  for (const char* value : {"-1", ".nan", ".inf", "1e400", "5000", "two", "nan", "inf"}) {
    EXPECT_THAT(ErrorWith("cpu_cost: {rtmp_cpu_cost: " + std::string(value) + "}\n"),
                HasSubstr("cpu_cost.rtmp_cpu_cost must be a number of cores"))
        << value;
  }
}

TEST(ConfigTest, RejectsTextOfTheWrongKindOnce) {
  const auto loaded =
      LoadText("api_key: [a]\napi_secret: s\nws_url: ws://h\nredis: {address: 'r:1'}\n");
  EXPECT_EQ(loaded.error().context, "config body: line 1: api_key must be text");
}

TEST(ConfigTest, ReportsSeveralProblemsAtOnce) {
  EXPECT_EQ(ErrorWith("rtmp_prot: 1\nhealth_port: x\n"),
            "config body: line 6: unknown key rtmp_prot; did you mean rtmp_port?\n"
            "line 7: health_port must be a whole number from 0 to 65535, without quotes, or -1 for "
            "off");
}

TEST(ConfigTest, ReportsAtMostTenProblems) {
  std::string text;
  for (int i = 0; i < 15; ++i) text += "qqqq" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(ErrorWith(text), EndsWith("\nand 5 more"));
}

TEST(ConfigTest, RejectsTwoUsesOfOnePort) {
  EXPECT_THAT(ErrorWith("health_port: 1935\n"),
              EndsWith("rtmp_port and health_port are both 1935"));
  EXPECT_EQ(ErrorWith("health_port: 0\nprometheus_port: 0\n"), "");
}

TEST(ConfigTest, RejectsRtmpSwitchedOffBecauseNothingElseIsServed) {
  const auto loaded = LoadText(kMinimal + std::string("rtmp_port: -1\n"));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().context, HasSubstr("line 6: rtmp_port switches RTMP off"));
  const auto broken = LoadText(kMinimal + std::string("rtmp_port: -1\nhealth_port: x\n"));
  EXPECT_EQ(broken.error().code, ErrorCode::kMalformed) << "to be mended first";
}

TEST(ConfigTest, MissesAnAddressOfRedisBesideAnEmptyListOfOthers) {
  EXPECT_THAT(LoadText("api_key: k\napi_secret: s\nws_url: ws://h\n"
                       "redis: {sentinel_addresses: [], cluster_addresses: []}\n")
                  .error()
                  .context,
              HasSubstr("missing settings: redis.address"));
}

TEST(ConfigTest, RejectsServerUrlsThatCannotWork) {
  for (const char* url : {"127.0.0.1:7880", "rtmp://host", "ws://", "ws://user:pw@host",
                          "ws://host:0", "ws://host:99999", "'ws://ho st'", "ws://[::1"}) {
    const std::string text = "api_key: k\napi_secret: s\nredis: {address: 'r:1'}\nws_url: ";
    const auto loaded = LoadText(text + url + "\n");
    ASSERT_FALSE(loaded.has_value()) << url;
    EXPECT_THAT(loaded.error().context, HasSubstr("line 4: ws_url must be the URL")) << url;
  }
}

TEST(ConfigTest, NamesTheVariableWhenTheUrlCameFromTheEnvironment) {
  const auto loaded = Load({.body = "api_key: k\napi_secret: s\nredis: {address: 'r:1'}\n",
                            .ws_url = "livekit.example.com"});
  EXPECT_THAT(loaded.error().context, HasSubstr("LIVEKIT_WS_URL must be the URL"));
}

TEST(ConfigTest, RejectsRedisAddressesThatAreNotHostAndPort) {
  for (const char* address : {"127.0.0.1", "redis://127.0.0.1:6379", "u:p@h:1", "/run/redis.sock",
                              "h:0", "h:70000", "'a b:1'"}) {
    const auto loaded = LoadText("api_key: k\napi_secret: s\nws_url: ws://h\nredis: {address: " +
                                 std::string(address) + "}\n");
    ASSERT_FALSE(loaded.has_value()) << address;
    EXPECT_THAT(loaded.error().context, HasSubstr("redis.address must be host:port")) << address;
  }
}

TEST(ConfigTest, ReadsHowRedisIsEncrypted) {
  EXPECT_FALSE(LoadText(kMinimal).value().config.redis.tls.enabled);
  EXPECT_TRUE(
      LoadText(kMinimal + std::string("  use_tls: true\n")).value().config.redis.tls.enabled);
  const RedisTls tls =
      LoadText(kMinimal + std::string("  tls: {enabled: true, insecure: true, server_name: r,\n"
                                      "    ca_cert_file: /ca, client_cert_file: /c,\n"
                                      "    client_key_file: /k}\n"))
          .value()
          .config.redis.tls;
  EXPECT_EQ(tls, (RedisTls{.enabled = true,
                           .insecure = true,
                           .server_name = "r",
                           .ca_cert_file = "/ca",
                           .client_cert_file = "/c",
                           .client_key_file = "/k"}));
  EXPECT_THAT(ErrorWith("  tls: {enabled: true, client_key_file: /k}\n"),
              HasSubstr("needs both client_cert_file and client_key_file"));
}

TEST(ConfigTest, ReadsWhichCertificatesOfTheServerAreBelieved) {
  EXPECT_EQ(LoadText("api_key: k\napi_secret: s\nws_url: wss://h\nredis: {address: 'r:1'}\n"
                     "tls: {ca_cert_file: /ca}\n")
                .value()
                .config.ca_cert_file,
            "/ca");
  EXPECT_THAT(WarningsWith("tls: {ca_cert_file: /ca}\n"),
              ElementsAre(HasSubstr("tls.ca_cert_file has no effect")));
}

TEST(ConfigTest, ReadsSentinelsAndClusters) {
  const std::string head = "api_key: k\napi_secret: s\nws_url: ws://h\nredis:\n";
  const Redis guarded = LoadText(head +
                                 "  sentinel_addresses: [a:1, b:2]\n  sentinel_master_name: m\n"
                                 "  sentinel_username: u\n  sentinel_password: p\n")
                            .value()
                            .config.redis;
  EXPECT_THAT(guarded.sentinel_addresses, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(guarded.sentinel_master_name, "m");
  EXPECT_EQ(guarded.sentinel_username, "u");
  EXPECT_EQ(guarded.sentinel_password, "p");
  const Loaded cluster =
      LoadText(head + "  cluster_addresses: [a:1]\n  db: 1\n  address: 'r:1'\n").value();
  EXPECT_THAT(cluster.config.redis.cluster_addresses, ElementsAre("a:1"));
  EXPECT_THAT(cluster.warnings, ElementsAre(HasSubstr("redis.address has no effect"),
                                            HasSubstr("redis.db has no effect")));

  EXPECT_THAT(ErrorWith("  sentinel_addresses: [a:1]\n"), HasSubstr("sentinel_master_name"));
  EXPECT_THAT(ErrorWith("  cluster_addresses: [a]\n"), HasSubstr("must be a list of host:port"));
  EXPECT_THAT(ErrorWith("  cluster_addresses: a:1\n"), HasSubstr("must be a list of host:port"));
}

TEST(ConfigTest, WarnsOnceOfTlsTowardsRedisThatIsOff) {
  const Loaded off = LoadText(kMinimal + std::string("  tls: {server_name: r, "
                                                     "ca_cert_file: /ca.pem}\n"))
                         .value();
  EXPECT_THAT(off.warnings, ElementsAre(HasSubstr("redis.tls.server_name has no effect")));
  EXPECT_THAT(LoadText(kMinimal + std::string("  tls: {enabled: true, ca_cert_file: /ca.pem}\n"))
                  .value()
                  .warnings,
              testing::IsEmpty());
}

TEST(ConfigTest, StartsWithEveryKeyOfTheGoServiceAndWarnsOncePerSection) {
  const auto warnings = WarningsWith(
      "  dial_timeout: 2000\n"
      "  read_timeout: 200\n"
      "  write_timeout: 200\n"
      "  max_redirects: 2\n"
      "  pool_timeout: 5s\n"
      "  pool_size: 10\n"
      "whip_port: 8080\n"
      "development: true\n"
      "whip_proxy_enabled: true\n"
      "enable_stream_latency_reduction: true\n"
      "service_name: ingress\n"
      "node_id: NE_x\n"
      "logging: {sample: true, sample_initial: 1, sample_interval: 2, item_sample_seconds: 1,\n"
      "  item_sample_initial: 1, item_sample_interval: 1, component_levels: {transport: warn}}\n"
      "cpu_cost: {whip_cpu_cost: 2, whip_bypass_transcoding_cpu_cost: 0.1, url_cpu_cost: 2}\n"
      "psrpc: {max_attempts: 3, timeout: 3s, backoff: 1s, buffer_size: 100}\n"
      "rtc_config:\n"
      "  udp_port: 7885-7890\n"
      "  port_range_start: 50000\n"
      "  port_range_end: 60000\n"
      "  tcp_port: 7881\n"
      "  force_tcp: false\n"
      "  node_ip: {ipv4: 1.2.3.4}\n"
      "  use_external_ip: true\n"
      "  external_ip_only: true\n"
      "  stun_servers: [stun.example.com]\n"
      "  use_ice_lite: true\n"
      "  interfaces: {includes: [eth0], excludes: [docker0]}\n"
      "  ips: {includes: [10.0.0.0/8], excludes: []}\n"
      "  enable_loopback_candidate: true\n"
      "  use_mdns: true\n"
      "  batch_io: {batch_size: 128, max_flush_interval: 2ms}\n"
      "  sctp_min_cwnd: 1\n"
      "  sctp_fast_rtx_wnd: 1\n"
      "  sctp_cwnd_ca_step: 1\n");
  EXPECT_THAT(warnings, SizeIs(6 + 6 + 7 + 3 + 1 + 1));
  for (const std::string& warning : warnings) {
    EXPECT_THAT(warning, AllOf(StartsWith("line "), HasSubstr(" has no effect: ")));
  }
}

TEST(ConfigTest, DoesNotWarnAboutWhatIsSwitchedOff) {
  EXPECT_THAT(WarningsWith("whip_port: -1\ndevelopment: false\nwhip_proxy_enabled: false\n"
                           "debug_handler_port: 0\nlogging: {sample: false}\n"),
              IsEmpty());
  EXPECT_THAT(WarningsWith("whip_port: 0\n"), SizeIs(1));  // 0 is port 8080 in the Go service
}

TEST(ConfigTest, NeverShowsAValue) {
  for (const char* text :
       {"api_key: [hunter2]\n", "redis: hunter2\n", "redis: {password:hunter2}\n",
        "redis:\n  password: {a: hunter2}\n", "redis: {address: hunter2}\n",
        "ws_url: ws://u:hunter2@h\n", "api_secret: *hunter2\n", "log_level: hunter2\n",
        "health_port: hunter2\n", "api_secret: hunter2\napi_secret: hunter2\n", "hunter2\n",
        "redis: redis://u:hunter2@h:1\n", "cpu_cost: {rtmp_cpu_cost: hunter2}\n",
        "logging: {json: hunter2}\n", "redis: {db: hunter2, use_tls: hunter2}\n"}) {
    const auto loaded = LoadText(text);
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_THAT(loaded.error().context, Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(ConfigTest, RejectsADocumentThatIsNotAMap) {
  EXPECT_THAT(LoadText("- a\n- b\n").error().context, HasSubstr("must be a map"));
  EXPECT_THAT(LoadText("just words\n").error().context, HasSubstr("must be a map"));
}

TEST(ConfigTest, CountsOnTheCpuRequestOfTheContainer) {
  Sources sources = {.body = kMinimal, .cpu_request = "3.5"};
  EXPECT_DOUBLE_EQ(Load(sources).value().config.cpu_cost.node_cores.value(), 3.5);
  for (const char* bad : {"0", "-1", "4000m", "many"}) {
    sources.cpu_request = bad;
    EXPECT_THAT(Load(sources).error().context, HasSubstr("LIVEKIT_CPU_REQUEST")) << bad;
  }
}

TEST(ConfigTest, NeedsASource) {
  const auto loaded = Load({});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().context, HasSubstr("INGRESS_CONFIG_FILE"));
}

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    std::string pattern = testing::TempDir() + "/config_test_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& text) {
    const std::string path = directory_ + "/config.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string directory_;
};

TEST_F(ConfigFileTest, ReadsTheFileUnlessABodyIsGiven) {
  const std::string path = Write(kMinimal);
  EXPECT_EQ(Load({.file = path}).value().config.api_key, "devkey");
  const std::string body = "api_key: b\napi_secret: s\nws_url: ws://h\nredis: {address: 'r:1'}\n";
  EXPECT_EQ(Load({.body = body, .file = path}).value().config.api_key, "b");
}

TEST_F(ConfigFileTest, NamesAFileThatIsNotThere) {
  const auto loaded = Load({.file = directory_ + "/none.yaml"});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().context, HasSubstr("none.yaml"));
}

TEST_F(ConfigFileTest, RefusesADirectory) {
  EXPECT_THAT(Load({.file = directory_}).error().context, HasSubstr("is it a file?"));
}

TEST_F(ConfigFileTest, RefusesAHugeFile) {
  const auto loaded = Load({.file = Write("# " + std::string(2'000'000, 'x'))});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kLimitExceeded);
}

TEST(SourcesTest, TakesAnEmptyVariableAsNotSet) {
  setenv("INGRESS_CONFIG_FILE", "", 1);
  setenv("LIVEKIT_API_KEY", "from_environment", 1);
  const Sources sources = SourcesFromEnvironment();
  unsetenv("INGRESS_CONFIG_FILE");
  unsetenv("LIVEKIT_API_KEY");
  EXPECT_FALSE(sources.file.has_value());
  EXPECT_EQ(sources.api_key, "from_environment");
}

}  // namespace
}  // namespace ingress::config
