#include "service/start/publish_backlog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ingress::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PublishBacklogTest : public ::testing::Test {
 protected:
  PublishBacklog::Id Add(const std::string& address, const std::string& key,
                         const std::string& name = "") {
    return waiting_.Add(address, key, [this, name] { given_up_.push_back(name); });
  }

  std::vector<std::string> struck_;
  std::vector<std::string> given_up_;
  PublishBacklog waiting_{[this](const std::string& address) { struck_.push_back(address); }};
};

TEST_F(PublishBacklogTest, AFloodOfOneAddressPaysForANewcomer) {
  Add("encoder", "a");
  for (std::size_t i = 1; i < PublishBacklog::kPlaces; ++i) Add("flood", std::to_string(i));
  EXPECT_THAT(struck_, IsEmpty());
  Add("another encoder", "b");
  EXPECT_THAT(struck_, ElementsAre("flood"));
  EXPECT_EQ(waiting_.size(), PublishBacklog::kPlaces);
}

TEST_F(PublishBacklogTest, OfAnAddressTheKeyWithMostPays) {
  for (int i = 0; i < 8; ++i) Add("balancer", "hammered", "hammered " + std::to_string(i));
  for (std::size_t i = 8; i < PublishBacklog::kPlaces; ++i) Add("balancer", std::to_string(i));
  Add("balancer", "encoder");
  EXPECT_THAT(given_up_, ElementsAre("hammered 0"));
}

TEST_F(PublishBacklogTest, AmongEqualsTheOneThatHasWaitedLongestPays) {
  for (std::size_t i = 0; i < PublishBacklog::kPlaces; ++i) {
    const std::string number = std::to_string(i);
    Add("address " + number, number, number);
  }
  Add("encoder", "key", "encoder");
  Add("another encoder", "other key", "another encoder");
  EXPECT_THAT(given_up_, ElementsAre("0", "1"));
}

TEST_F(PublishBacklogTest, ManyAddressesWithEightOfAKeyEachDoNotKeepOneOut) {
  for (std::size_t i = 0; i < PublishBacklog::kPlaces; ++i) {
    const std::string number = std::to_string(i / 8);
    Add("address " + number, number, "flood");
  }
  Add("encoder", "key", "encoder");
  for (int i = 0; i < 500; ++i) Add("late address " + std::to_string(i), "x", "flood");
  EXPECT_THAT(given_up_, SizeIs(501));
  EXPECT_THAT(given_up_, ::testing::Each("flood"));
}

TEST_F(PublishBacklogTest, WhoLeavesGivesThePlaceBack) {
  {
    const BacklogPlace place(waiting_, "address", "key", [] {});
    EXPECT_EQ(waiting_.size(), 1U);
  }
  EXPECT_EQ(waiting_.size(), 0U);
  const auto id = Add("address", "key");
  waiting_.Remove(id);
  waiting_.Remove(id);
  EXPECT_EQ(waiting_.size(), 0U);
}

}  // namespace
}  // namespace ingress::service
