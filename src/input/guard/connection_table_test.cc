#include "input/guard/connection_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

using Id = ConnectionTable::Id;

constexpr ConnectionTable::Limits kLimits{
    .connections = 5, .per_address = 3, .buffered_bytes = 1000};

class ConnectionTableTest : public ::testing::Test {
 protected:
  /// A name for each, by which it is found among those that were given up.
  std::optional<Id> Add(const std::string& address, const std::string& name) {
    return table_.Add(address, now_ += 1s, [this, name] { gone_.push_back(name); });
  }

  TimePoint now_{1h};
  std::vector<std::string> gone_;
  std::vector<std::pair<Limit, std::string>> strikes_;
  ConnectionTable table_{kLimits, [this](Limit limit, const std::string& address) {
                           strikes_.emplace_back(limit, address);
                         }};
};

TEST_F(ConnectionTableTest, GivesUpTheOldestStrangerOfAnAddressThatHasTooMany) {
  Add("other", "other");
  for (const char* name : {"a", "b", "c"}) Add("mine", name);
  EXPECT_THAT(gone_, IsEmpty());
  Add("mine", "d");
  EXPECT_THAT(gone_, ElementsAre("a"));
  EXPECT_THAT(strikes_, ElementsAre(Pair(Limit::kAddressConnections, "mine")));
  EXPECT_EQ(table_.size(), 4u);
  EXPECT_EQ(table_.why_crowded(now_), "") << "others find a place as before";
}

TEST_F(ConnectionTableTest, GivesUpTheOldestStrangerOfAllWhenFull) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Add(name, name);
  EXPECT_TRUE(Add("f", "f"));
  EXPECT_THAT(gone_, ElementsAre("a"));
  EXPECT_THAT(strikes_, ElementsAre(Pair(Limit::kConnections, "a")));
  EXPECT_EQ(table_.size(), 5u);
}

TEST_F(ConnectionTableTest, KeepsWhoHasShownItsKey) {
  const Id first = *Add("mine", "a");
  table_.OnKeyAccepted(first);
  for (const char* name : {"b", "c", "d"}) Add("mine", name);
  EXPECT_THAT(gone_, IsEmpty()) << "the cap is on strangers";
  Add("mine", "e");
  EXPECT_THAT(gone_, ElementsAre("b"));
  table_.MakeRoom(10, now_);
  EXPECT_THAT(gone_, ElementsAre("b", "c", "d", "e"));
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(ConnectionTableTest, RefusesWhereAllPublish) {
  for (const char* name : {"a", "b", "c", "d", "e"}) table_.OnKeyAccepted(*Add(name, name));
  EXPECT_THAT(table_.why_crowded(now_), HasSubstr("limits.connections"));
  EXPECT_FALSE(Add("f", "f"));
  EXPECT_THAT(gone_, IsEmpty());
  EXPECT_THAT(strikes_, ElementsAre(Pair(Limit::kConnections, "f")));
}

TEST_F(ConnectionTableTest, GivesUpTheLargestWhenTheMemoryIsFull) {
  const Id a = *Add("a", "a");
  const Id b = *Add("b", "b");
  const Id c = *Add("c", "c");
  table_.SetBuffered(a, 300, now_);
  table_.SetBuffered(b, 500, now_);
  table_.SetBuffered(c, 200, now_);
  EXPECT_EQ(table_.buffered_bytes(), 1000u);
  EXPECT_THAT(gone_, IsEmpty());
  table_.SetBuffered(c, 201, now_);
  EXPECT_THAT(gone_, ElementsAre("b"));
  EXPECT_THAT(strikes_, ElementsAre(Pair(Limit::kBufferedBytes, "b")));
  EXPECT_EQ(table_.buffered_bytes(), 501u);
  table_.SetBuffered(b, 900, now_);
  EXPECT_EQ(table_.buffered_bytes(), 501u) << "it is gone";
}

TEST_F(ConnectionTableTest, CountsNoBytesOfWhoLeavesOrHasShownItsKey) {
  const Id a = *Add("a", "a");
  const Id b = *Add("b", "b");
  table_.SetBuffered(a, 300, now_);
  table_.SetBuffered(b, 500, now_);
  table_.OnKeyAccepted(a);
  table_.SetBuffered(a, 5000, now_);
  EXPECT_EQ(table_.buffered_bytes(), 500u);
  table_.Remove(b);
  EXPECT_EQ(table_.buffered_bytes(), 0u);
  EXPECT_THAT(gone_, IsEmpty());
}

TEST_F(ConnectionTableTest, MayGiveUpTheOneThatGrows) {
  const Id a = *Add("a", "a");
  table_.SetBuffered(a, 1001, now_);
  EXPECT_THAT(gone_, ElementsAre("a"));
  EXPECT_EQ(table_.size(), 0u);
  table_.Remove(a);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(ConnectionTableTest, CountsUnderTheAddressThatAProxyTells) {
  std::vector<Id> ids;
  for (const char* name : {"a", "b", "c"}) ids.push_back(*Add("proxy", name));
  table_.SetBuffered(ids[0], 700, now_);
  table_.SetAddress(ids[0], "one", now_);
  EXPECT_EQ(table_.buffered_bytes(), 700u);
  Add("proxy", "d");
  EXPECT_THAT(gone_, IsEmpty());
  for (const char* name : {"e", "f", "g"}) {
    table_.SetAddress(*Add("proxy", name), "one", now_);
  }
  EXPECT_THAT(gone_, ElementsAre("b", "a"));
}

TEST_F(ConnectionTableTest, IsCrowdedWhileStrangersComeFasterThanOneCanPublish) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) Add(name, name);
  EXPECT_THAT(gone_, SizeIs(1));
  EXPECT_EQ(table_.why_crowded(now_), "") << "a was 5 s old";
  table_.MakeRoom(4, now_);
  EXPECT_THAT(table_.why_crowded(now_), HasSubstr("faster")) << "e was 1 s old";
  EXPECT_THAT(table_.why_crowded(now_ + 9s), HasSubstr("faster"));
  EXPECT_EQ(table_.why_crowded(now_ + 10s), "");
}

TEST_F(ConnectionTableTest, KeepsWhoGetsOnBeforeWhoDoesNot) {
  const Id encoder = *Add("encoder", "encoder");
  for (const char* name : {"a", "b", "c", "d"}) Add(name, name);
  table_.OnProgress(encoder);
  for (const char* name : {"e", "f", "g", "h"}) Add(name, name);
  EXPECT_THAT(gone_, ElementsAre("a", "b", "c", "d"));
  Add("i", "i");
  EXPECT_THAT(gone_, ElementsAre("a", "b", "c", "d", "encoder")) << "it has not got on since";
  table_.OnProgress(encoder);
  EXPECT_EQ(table_.size(), 5u) << "it is gone";
}

TEST_F(ConnectionTableTest, OfOneAddressAndOfOneSizeKeepsWhoGetsOnToo) {
  const Id a = *Add("mine", "a");
  const Id b = *Add("mine", "b");
  const Id c = *Add("mine", "c");
  for (const Id id : {a, b, c}) table_.SetBuffered(id, 300, now_);
  table_.OnProgress(a);
  EXPECT_EQ(table_.buffered_bytes(), 900u);
  Add("mine", "d");
  EXPECT_THAT(gone_, ElementsAre("b"));
  table_.SetBuffered(*Add("other", "e"), 401, now_);
  EXPECT_THAT(gone_, ElementsAre("b", "e"));
  table_.SetBuffered(*Add("other", "f"), 300, now_);
  table_.SetBuffered(*Add("other", "g"), 300, now_);
  EXPECT_THAT(gone_, ElementsAre("b", "e", "c"));
}

TEST_F(ConnectionTableTest, WhoWasRefusedGoesFirst) {
  for (const char* name : {"a", "b"}) Add(name, name);
  const Id refused = *Add("refused", "refused");
  table_.OnProgress(refused);
  table_.OnRefused(refused);
  table_.MakeRoom(1, now_);
  EXPECT_THAT(gone_, ElementsAre("refused"));
}

TEST_F(ConnectionTableTest, ProgressOfOneThatIsNoStrangerIsNoMatter) {
  const Id a = *Add("a", "a");
  table_.OnKeyAccepted(a);
  table_.OnProgress(a);
  EXPECT_EQ(table_.strangers(), 0u);
  table_.MakeRoom(1, now_);
  EXPECT_THAT(gone_, IsEmpty());
}

TEST_F(ConnectionTableTest, AppliesLimitsThatChanged) {
  for (const char* name : {"a", "b", "c"}) Add("mine", name);
  table_.SetLimits({.connections = 2, .per_address = 1, .buffered_bytes = 1});
  Add("mine", "d");
  EXPECT_EQ(table_.size(), 1u);
  EXPECT_THAT(gone_, ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace ingress::input
