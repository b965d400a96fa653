#include "rpc/redis_cluster_map.h"

#include <gtest/gtest.h>

namespace ingress::rpc {
namespace {

TEST(RedisSlotOfTest, MatchesTheSpecification) {
  EXPECT_EQ(RedisSlotOf("123456789"), 0x31C3 % 16384);  // the specification's check value
  EXPECT_EQ(RedisSlotOf("foo"), 12182);                 // CLUSTER KEYSLOT
  EXPECT_EQ(RedisSlotOf("{foo}.bar"), 12182);
  EXPECT_EQ(RedisSlotOf("x{foo}{bar}"), 12182);
  EXPECT_NE(RedisSlotOf("{}foo"), 12182);
}

TEST(RedisClusterMapTest, ReadsWhatClusterNodesAnswers) {
  RedisClusterMap map;
  map.Load(
      "07c3 127.0.0.1:30004@31004,host4 slave e7d1 0 1426238317239 4 connected\n"
      "67ed 127.0.0.1:30002@31002 master - 0 1426238316232 2 connected 5461-10922 16000\n"
      "6ec2 10.0.0.9:30003@31003 master,fail - 0 1426238318243 3 connected 10923-12000\n"
      "6ec3 10.0.0.8:30003@31003 master,fail? - 0 1426238318243 3 connected 12001-13000\n"
      "6ec4 fd00::7:30003@31003 master - 0 1426238318243 3 connected 13001-15999\n"
      "e7d1 :30001@31001 myself,master - 0 0 1 connected 0-5460 [5461-<-67ed]\n"
      "noise\n",
      "10.0.0.1:30001");
  EXPECT_EQ(map.Find(0), "10.0.0.1:30001");
  EXPECT_EQ(map.Find(5460), "10.0.0.1:30001");
  EXPECT_EQ(map.Find(5461), "127.0.0.1:30002");
  EXPECT_EQ(map.Find(12000), "") << "its node has failed";
  EXPECT_EQ(map.Find(12001), "10.0.0.8:30003");
  EXPECT_EQ(map.Find(13001), "[fd00::7]:30003");
  EXPECT_EQ(map.Find(16000), "127.0.0.1:30002");
  EXPECT_EQ(map.Find(16001), "");
  map.Move(16001, "127.0.0.1:30009");
  EXPECT_EQ(map.Find(16001), "127.0.0.1:30009");
}

TEST(ParseRedisRedirectTest, ReadsRedirectionsAndNothingElse) {
  const auto moved = ParseRedisRedirect("redis refused: MOVED 3999 127.0.0.1:6381");
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->address, "127.0.0.1:6381");
  EXPECT_TRUE(ParseRedisRedirect("ASK 1 [::1]:6381")->ask);
  EXPECT_EQ(ParseRedisRedirect("ASK 1 ::1:6381")->address, "[::1]:6381");
  EXPECT_FALSE(ParseRedisRedirect("MOVED 1 :6381"));
  EXPECT_FALSE(ParseRedisRedirect("MOVED 99999 127.0.0.1:6381"));
  EXPECT_FALSE(ParseRedisRedirect("MOVED 1"));
  EXPECT_FALSE(ParseRedisRedirect("ERR unknown command"));
}

}  // namespace
}  // namespace ingress::rpc
