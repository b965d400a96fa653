#include "config/schema.h"

#include <gtest/gtest.h>

namespace ingress::config {
namespace {

TEST(EditDistanceTest, CountsTheFourKindsOfEdit) {
  EXPECT_EQ(EditDistance("port", "port"), 0u);
  EXPECT_EQ(EditDistance("", "port"), 4u);
  EXPECT_EQ(EditDistance("port", "ports"), 1u);
  EXPECT_EQ(EditDistance("port", "pot"), 1u);
  EXPECT_EQ(EditDistance("port", "part"), 1u);
  EXPECT_EQ(EditDistance("port", "prot"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(SchemaTest, FindsKeysByTheirWholePath) {
  ASSERT_NE(FindKey("redis.address"), nullptr);
  EXPECT_TRUE(FindKey("redis")->section);
  EXPECT_FALSE(FindKey("psrpc")->not_served_because.empty());
  EXPECT_EQ(FindKey("address"), nullptr);
  EXPECT_EQ(FindKey(""), nullptr);
}

TEST(SuggestKeyTest, NamesTheNearestKey) {
  EXPECT_EQ(SuggestKey("", "rmtp_port"), "did you mean rtmp_port?");
  EXPECT_EQ(SuggestKey("", "wsURL"), "did you mean ws_url?");
  EXPECT_EQ(SuggestKey("", "api-secret"), "did you mean api_secret?");
  EXPECT_EQ(SuggestKey("redis", "adress"), "did you mean redis.address?");
}

TEST(SuggestKeyTest, FindsAKeyThatIsInAnotherSection) {
  EXPECT_EQ(SuggestKey("", "address"), "did you mean redis.address?");
  EXPECT_EQ(SuggestKey("redis", "rtmp_port"), "did you mean rtmp_port?");
}

TEST(SuggestKeyTest, ListsTheSectionWhenNothingIsNear) {
  EXPECT_EQ(SuggestKey("logging", "xyzzy"), "valid keys in logging: level, json");
  EXPECT_EQ(SuggestKey("cpu_cost", "qqqqqq"),
            "valid keys in cpu_cost: rtmp_cpu_cost, whip_cpu_cost, "
            "whip_bypass_transcoding_cpu_cost, min_idle_ratio");
}

}  // namespace
}  // namespace ingress::config
