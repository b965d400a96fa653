#include "config/options.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// A document that a node can do with, and `path` in it.
Result<Loaded> LoadOption(std::string_view path, const std::string& value) {
  std::string text = "api_key: k\napi_secret: s\nws_url: ws://h\nredis: {address: 'r:1'";
  if (path.starts_with("redis.")) {
    path.remove_prefix(path.find('.') + 1);
    text += ", ";
  } else {
    text += "}\n";
  }
  std::string closing = text.ends_with(", ") ? "}" : "";
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    text.append(path.substr(0, dot)).append(": {");
    closing += '}';
    path.remove_prefix(dot + 1);
  }
  return LoadText(text.append(path).append(": ").append(value) + closing + "\n");
}

TEST(OptionsTest, EachDefaultIsWhatItsDocumentsSay) {
  const Config defaults = LoadOption("strict", "true").value().config;
  for (const Option& option : Options()) {
    if (option.value.empty()) continue;
    const auto loaded = LoadOption(option.path, std::string(option.value));
    ASSERT_TRUE(loaded) << option.path << ": " << loaded.error().context;
    for (const Option& other : Options()) {
      if (other.field.same == nullptr) continue;
      EXPECT_TRUE(other.field.same(defaults, loaded->config)) << option.path << " " << other.path;
    }
  }
}

TEST(OptionsTest, EachNumberIsTakenWithinItsBoundsAlone) {
  for (const Option& option : Options()) {
    const Field& field = option.field;
    if (field.max == 0) continue;
    for (const double taken : {field.min, field.max}) {
      const auto loaded = LoadOption(option.path, fmt::format("{:.15g}", taken));
      EXPECT_TRUE(loaded) << loaded.error().context;
    }
    for (const double refused : {field.min - 1, field.max + 1}) {
      EXPECT_FALSE(LoadOption(option.path, fmt::format("{:.15g}", refused)))
          << option.path << " " << refused;
    }
  }
}

TEST(OptionsTest, EachKeyIsThereOnce) {
  std::set<std::string_view> paths;
  for (const Option& option : Options()) EXPECT_TRUE(paths.insert(option.path).second);
}

TEST(OptionsTest, ReadsEveryServedKey) {
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

TEST(OptionsTest, ReadsTheIdleRatioAsTheGoServiceDoesAndNegativeOnesAsOff) {
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

TEST(OptionsTest, ReadsWhichRoutesAndEncodersAreAllowed) {
  const MediaOptions defaults = LoadText(kMinimal).value().config.media;
  EXPECT_EQ(defaults.transcoding, Transcoding::kAuto);
  EXPECT_EQ(defaults.h264_profile, codec::H264Profile::kHigh);
  EXPECT_DOUBLE_EQ(defaults.max_bitrate_ratio, 2.0);
  EXPECT_EQ(defaults.max_input_pixels, 4096 * 2304);
  const MediaOptions media =
      LoadText(kMinimal + std::string("transcoding: Never\n"
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

TEST(OptionsTest, ReadsHowSessionsStartAndEnd) {
  const Config defaults = LoadText(kMinimal).value().config;
  EXPECT_EQ(defaults.reconnect_grace, std::chrono::seconds(10));
  EXPECT_EQ(defaults.takeover, TakeoverPolicy::kTakeover);
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
  EXPECT_EQ(config.takeover, TakeoverPolicy::kReject);
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

TEST(OptionsTest, ReadsTheLimitsOnStrangers) {
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

TEST(OptionsTest, TakesPortZeroAsTheDefault) {
  const Config config =
      LoadText(kMinimal + std::string("rtmp_port: 0\nhttp_relay_port: 0\n")).value().config;
  EXPECT_EQ(config.rtmp_port, 1935);
  EXPECT_EQ(config.http_relay_port, 9090);
}

TEST(OptionsTest, TakesMinusOneForAPortThatIsOff) {
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

TEST(OptionsTest, KnowsTheLevelsOfOtherLoggers) {
  const auto level = [](const char* name) {
    return LoadText(kMinimal + ("log_level: " + std::string(name) + "\n")).value().config.log_level;
  };
  EXPECT_EQ(level("trace"), LogLevel::kDebug);
  EXPECT_EQ(level("Warning"), LogLevel::kWarn);
  EXPECT_EQ(level("fatal"), LogLevel::kError);
}

TEST(OptionsTest, RejectsWrongTypesAndRanges) {
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

}  // namespace
}  // namespace ingress::config
