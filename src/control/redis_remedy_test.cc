#include "control/redis_remedy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::control {
namespace {

using ::testing::HasSubstr;

TEST(RedisRemedyTest, AnswersTheCauseAndNotTheRule) {
  struct {
    Error problem;
    const char* remedy;
  } const cases[] = {
      {{ErrorCode::kUnavailable, "connect: Connection refused"}, "start Redis"},
      {{ErrorCode::kUnauthorized, "AUTH refused: WRONGPASS invalid username-password pair"},
       "correct redis.username and redis.password"},
      {{ErrorCode::kUnauthorized, "PING refused: NOAUTH Authentication required."},
       "set redis.password"},
      {{ErrorCode::kUnauthorized, "PING refused: NOPERM no permissions"}, "allow the Redis user"},
      {{ErrorCode::kUnavailable, "AUTH refused: ERR AUTH <password> called without any password"},
       "remove redis.password"},
      {{ErrorCode::kUnavailable, "SELECT refused: ERR DB index is out of range"},
       "correct redis.db"},
      {{ErrorCode::kTimeout,
        "no answer to the TLS handshake in 5 s; does this Redis speak TLS "
        "(redis.tls.enabled)?"},
       "redis.tls.enabled to false"},
      {{ErrorCode::kClosed,
        "PING: read: it hangs up; does this Redis want TLS (redis.tls.enabled)?"},
       "redis.tls.enabled to true"},
      {{ErrorCode::kCertificate, "tls: the certificate is not believed: self-signed certificate"},
       "redis.tls.ca_cert_file"},
      {{ErrorCode::kMalformed, "tls: ca_cert_file cannot be used: No such file"},
       "redis.tls: files"},
      {{ErrorCode::kMalformed, "PING: resp: unknown type"}, "is not Redis"},
  };
  for (const auto& one : cases) {
    EXPECT_THAT(RedisRemedy(one.problem, RedisSettings()), HasSubstr(one.remedy))
        << one.problem.context;
  }
}

TEST(RedisRemedyTest, NamesTheKeyThatIsThere) {
  const Error refused{ErrorCode::kUnavailable, "connect: Connection refused"};
  RedisSettings redis;
  redis.cluster_addresses = {"10.0.0.1:6379"};
  EXPECT_EQ(RedisRemedy(refused, redis), "start Redis, or correct redis.cluster_addresses");
  redis.sentinel_addresses = {"10.0.0.1:26379"};
  EXPECT_EQ(RedisRemedy(refused, redis), "start Redis, or correct redis.sentinel_addresses");
}

}  // namespace
}  // namespace ingress::control
