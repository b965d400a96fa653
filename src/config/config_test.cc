#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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

TEST(ConfigTest, TakesLogLevelFromTheTopUnlessTheSectionSaysOtherwise) {
  EXPECT_EQ(LoadText(kMinimal + std::string("log_level: debug\n")).value().config.log_level,
            LogLevel::kDebug);
  const Loaded both =
      LoadText(kMinimal + std::string("log_level: debug\nlogging: {level: error}\n")).value();
  EXPECT_EQ(both.config.log_level, LogLevel::kError);
  EXPECT_THAT(both.warnings, ElementsAre(HasSubstr("logging.level says otherwise and wins")));
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
  const auto loaded = LoadText(kMinimal + std::string("rtmp_port: -1\nwhip_port: -1\n"));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().context, HasSubstr("line 6: rtmp_port switches RTMP off"));
  const auto broken =
      LoadText(kMinimal + std::string("rtmp_port: -1\nwhip_port: -1\nhealth_port: x\n"));
  EXPECT_EQ(broken.error().code, ErrorCode::kMalformed) << "to be mended first";
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

TEST(ConfigTest, ReadsWhichCertificatesOfTheServerAreBelieved) {
  EXPECT_EQ(LoadText("api_key: k\napi_secret: s\nws_url: wss://h\nredis: {address: 'r:1'}\n"
                     "tls: {ca_cert_file: /ca}\n")
                .value()
                .config.ca_cert_file,
            "/ca");
  EXPECT_THAT(WarningsWith("tls: {ca_cert_file: /ca}\n"),
              ElementsAre(HasSubstr("tls.ca_cert_file has no effect")));
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

}  // namespace
}  // namespace ingress::config
