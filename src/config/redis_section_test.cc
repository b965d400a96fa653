#include "config/redis_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RedisSectionTest, RejectsRedisAddressesThatAreNotHostAndPort) {
  for (const char* address : {"127.0.0.1", "redis://127.0.0.1:6379", "u:p@h:1", "/run/redis.sock",
                              "h:0", "h:70000", "'a b:1'"}) {
    const auto loaded = LoadText("api_key: k\napi_secret: s\nws_url: ws://h\nredis: {address: " +
                                 std::string(address) + "}\n");
    ASSERT_FALSE(loaded.has_value()) << address;
    EXPECT_THAT(loaded.error().context, HasSubstr("redis.address must be host:port")) << address;
  }
}

TEST(RedisSectionTest, ReadsHowRedisIsEncrypted) {
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

TEST(RedisSectionTest, ReadsSentinelsAndClusters) {
  const std::string head = "api_key: k\napi_secret: s\nws_url: ws://h\nredis:\n";
  const RedisSettings guarded =
      LoadText(head +
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

TEST(RedisSectionTest, WarnsOnceOfTlsTowardsRedisThatIsOff) {
  const Loaded off = LoadText(kMinimal + std::string("  tls: {server_name: r, "
                                                     "ca_cert_file: /ca.pem}\n"))
                         .value();
  EXPECT_THAT(off.warnings, ElementsAre(HasSubstr("redis.tls.server_name has no effect")));
  EXPECT_THAT(LoadText(kMinimal + std::string("  tls: {enabled: true, ca_cert_file: /ca.pem}\n"))
                  .value()
                  .warnings,
              IsEmpty());
}

TEST(RedisSectionTest, MissesAnAddressOfRedisBesideAnEmptyListOfOthers) {
  EXPECT_THAT(LoadText("api_key: k\napi_secret: s\nws_url: ws://h\n"
                       "redis: {sentinel_addresses: [], cluster_addresses: []}\n")
                  .error()
                  .context,
              HasSubstr("missing settings: redis.address"));
}

}  // namespace
}  // namespace ingress::config
