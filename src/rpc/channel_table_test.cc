#include "rpc/channel_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ingress::rpc {
namespace {

using Subscription = std::unique_ptr<MessageBus::Subscription>;

TEST(ChannelTableTest, DeliversToAllListenersOfExactlyThatChannel) {
  const auto table = std::make_shared<ChannelTable>();
  std::string heard;
  const Subscription a =
      table->Add("x", [&](ByteView p) { heard += "a" + std::string(AsText(p)); });
  const Subscription b =
      table->Add("x", [&](ByteView p) { heard += "b" + std::string(AsText(p)); });
  const Subscription c = table->Add("y", [&](ByteView) { heard += "c"; });
  table->Deliver("x", AsBytes("1"));
  table->Deliver("z", AsBytes("2"));
  EXPECT_EQ(heard, "a1b1");
}

TEST(ChannelTableTest, SaysWhenAChannelLosesItsLastListener) {
  std::vector<std::string> abandoned;
  const auto table = std::make_shared<ChannelTable>(
      [&](const std::string& channel) { abandoned.push_back(channel); });
  Subscription a = table->Add("x", [](ByteView) {});
  Subscription b = table->Add("x", [](ByteView) {});
  a.reset();
  EXPECT_TRUE(abandoned.empty());
  EXPECT_TRUE(table->contains("x"));
  b.reset();
  EXPECT_EQ(abandoned, std::vector<std::string>{"x"});
  EXPECT_FALSE(table->contains("x"));
}

TEST(ChannelTableTest, AListenerMayLeaveDuringADelivery) {
  const auto table = std::make_shared<ChannelTable>();
  int heard = 0;
  Subscription self;
  Subscription other;
  self = table->Add("x", [&](ByteView) {
    ++heard;
    self.reset();
    other.reset();
  });
  other = table->Add("x", [&](ByteView) { ++heard; });
  table->Deliver("x", {});
  EXPECT_EQ(heard, 1);
  EXPECT_TRUE(table->channels().empty());
}

TEST(ChannelTableTest, AListenerThatJoinsDuringADeliveryHearsTheNextOne) {
  const auto table = std::make_shared<ChannelTable>();
  int late = 0;
  std::vector<Subscription> joined;
  const Subscription first = table->Add("x", [&](ByteView) {
    if (joined.empty()) joined.push_back(table->Add("x", [&](ByteView) { ++late; }));
  });
  table->Deliver("x", {});
  EXPECT_EQ(late, 0);
  table->Deliver("x", {});
  EXPECT_EQ(late, 1);
}

TEST(ChannelTableTest, ASubscriptionMayOutliveTheTable) {
  auto table = std::make_shared<ChannelTable>();
  Subscription subscription = table->Add("x", [](ByteView) {});
  table.reset();
  subscription.reset();
}

}  // namespace
}  // namespace ingress::rpc
