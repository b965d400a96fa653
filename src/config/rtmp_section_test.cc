#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/config.h"

namespace ingress::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<Loaded> LoadWith(const std::string& more) {
  return Load({.body = "api_key: k\napi_secret: s\nws_url: ws://127.0.0.1:7880\n"
                       "redis: {address: '127.0.0.1:6379'}\n" +
                       more});
}

std::vector<IpNetwork> NetworksIn(const std::string& more) {
  const auto loaded = LoadWith(more);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().context;
  return loaded ? loaded->config.proxy_protocol_from : std::vector<IpNetwork>{};
}

TEST(RtmpSectionTest, ReadsNetworks) {
  const IpNetwork ten = ParseIpNetwork("10.0.0.0/8").value();
  const IpNetwork local = ParseIpNetwork("::1").value();
  EXPECT_THAT(NetworksIn("rtmp_proxy_protocol: [10.0.0.0/8, '::1']\n"), ElementsAre(ten, local));
  EXPECT_THAT(NetworksIn("rtmp_proxy_protocol: 10.0.0.0/8\n"), ElementsAre(ten));
}

TEST(RtmpSectionTest, IsOffWithoutNetworks) {
  for (const char* text : {"", "rtmp_proxy_protocol:\n", "rtmp_proxy_protocol: []\n",
                           "rtmp_proxy_protocol: false\n", "rtmp_proxy_protocol: ''\n"}) {
    EXPECT_THAT(NetworksIn(text), IsEmpty()) << text;
  }
}

TEST(RtmpSectionTest, TellsWhatIsNoNetwork) {
  for (const char* text : {"true", "10.0.0.1/8", "[10.0.0.0/8, balancer]", "[[10.0.0.0/8]]",
                           "{trusted: 10.0.0.0/8}", "[10.0.0.0/8, '']"}) {
    const auto loaded = LoadWith("rtmp_proxy_protocol: " + std::string(text) + "\n");
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_THAT(loaded.error().context,
                HasSubstr("line 5: rtmp_proxy_protocol must be a list of networks"));
  }
}

TEST(RtmpSectionTest, ReadsTheRtmpsPortWithItsFiles) {
  const auto loaded =
      LoadWith("rtmps_port: 1936\nrtmps_cert_file: /tls/cert.pem\nrtmps_key_file: /tls/key.pem\n");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().context;
  EXPECT_EQ(loaded->config.rtmps, (Rtmps{1936, "/tls/cert.pem", "/tls/key.pem"}));
  EXPECT_EQ(LoadWith("rtmps_port: 0\n")->config.rtmps, Rtmps{});
}

TEST(RtmpSectionTest, WantsACertificateForTheRtmpsPort) {
  for (const char* files :
       {"", "rtmps_cert_file: /tls/cert.pem\n", "rtmps_key_file: /tls/key.pem\n"}) {
    const auto loaded = LoadWith("rtmps_port: 1936\n" + std::string(files));
    ASSERT_FALSE(loaded.has_value()) << files;
    EXPECT_THAT(loaded.error().context,
                HasSubstr("line 5: rtmps_port needs rtmps_cert_file and rtmps_key_file"));
  }
}

TEST(RtmpSectionTest, WarnsOfFilesWithoutAPort) {
  for (const char* key : {"rtmps_cert_file", "rtmps_key_file"}) {
    const auto loaded = LoadWith(std::string(key) + ": /tls/file.pem\n");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().context;
    EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("line 5: " + std::string(key) +
                                                        " has no effect: rtmps_port is not set")));
  }
  const auto both = LoadWith("rtmps_cert_file: /c.pem\nrtmps_key_file: /k.pem\nrtmps_port: -1\n");
  EXPECT_THAT(both->warnings, ElementsAre(HasSubstr("rtmps_cert_file has no effect")));
}

TEST(RtmpSectionTest, WantsAPortOfItsOwnForRtmps) {
  const auto loaded =
      LoadWith("rtmps_port: 1935\nrtmps_cert_file: cert.pem\nrtmps_key_file: key.pem\n");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().context, HasSubstr("rtmp_port and rtmps_port are both 1935"));
}

}  // namespace
}  // namespace ingress::config
