#include "ice_lite/agent.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "stun/testing/request_attributes.h"
#include "support/binding_request.h"

namespace ingress::ice_lite {
namespace {

using namespace std::chrono_literals;
using test::BindingRequest;

const sdp::IceCredentials kOurs{.ufrag = "abcd", .password = "0123456789012345678901"};
const sdp::IceCredentials kRestarted{.ufrag = "efgh", .password = "1123456789012345678901"};

class AgentTest : public testing::Test {
 protected:
  AgentTest() : agent_(Agent::Make(kOurs, "peer").value()) {}

  static stun::TransportAddress AddressOf(PairId pair) {
    return {.ip = ParseIpAddress("192.0.2.1").value(), .port = static_cast<std::uint16_t>(pair)};
  }

  void Add(PairId pair) {
    EXPECT_EQ(agent_.AddPair(pair, AddressOf(pair), false, now_), std::nullopt);
  }

  static BindingRequest Request(const sdp::IceCredentials& ours = kOurs,
                                const std::string& theirs = "peer") {
    return {.username = ours.ufrag + ":" + theirs, .password = ours.password};
  }

  /// The answer, which has to be authentic.
  stun::Message Answer(PairId pair, const BindingRequest& request) {
    answer_ = agent_.OnStun(pair, Serialize(request), now_);
    const auto message = stun::Parse(answer_);
    EXPECT_TRUE(message.has_value());
    if (!message) return {};
    EXPECT_EQ(message->id, request.id);
    const auto key = crypto::HmacSha1::Make(AsBytes(request.password)).value();
    EXPECT_TRUE(stun::HasIntegrity(answer_, *message, key));
    return *message;
  }

  /// A request on `pair` that nominates it, or does not, is answered.
  void Check(PairId pair, bool nominates, std::uint32_t priority = 1) {
    BindingRequest request = Request();
    request.use_candidate = nominates;
    request.priority = priority;
    EXPECT_EQ(Answer(pair, request).message_class, stun::Class::kSuccess);
  }

  Agent agent_;
  TimePoint now_{1h};
  Bytes answer_;
};

TEST_F(AgentTest, AnswersWithTheAddressThatItSees) {
  Add(7);
  const stun::Message answer = Answer(7, Request());
  EXPECT_EQ(answer.message_class, stun::Class::kSuccess);
  EXPECT_EQ(answer.mapped_address, AddressOf(7));
  EXPECT_TRUE(agent_.validated(7));
  EXPECT_EQ(agent_.selected(), 7U);
  EXPECT_EQ(agent_.last_authentic(), now_);
}

TEST_F(AgentTest, IsTolerantOfRequestsWithoutPriorityAndNomination) {
  Add(1);
  BindingRequest request = Request();
  request.priority.reset();
  request.use_candidate = false;
  EXPECT_EQ(Answer(1, request).message_class, stun::Class::kSuccess);
  EXPECT_EQ(agent_.selected(), 1U);
}

TEST_F(AgentTest, IsSilentTowardsStrangers) {
  Add(1);
  EXPECT_TRUE(agent_.OnStun(1, Serialize(Request(kRestarted)), now_).empty());
  BindingRequest forged = Request();
  forged.password = kRestarted.password;
  EXPECT_TRUE(agent_.OnStun(1, Serialize(forged), now_).empty());
  EXPECT_TRUE(agent_.OnStun(1, Serialize(Request(kOurs, "other")), now_).empty());
  EXPECT_TRUE(agent_.OnStun(1, Bytes{0, 1, 0, 0}, now_).empty());
  EXPECT_TRUE(agent_.OnStun(2, Serialize(Request()), now_).empty());  // no such pair
  EXPECT_EQ(agent_.refused(), 5U);
  EXPECT_FALSE(agent_.validated(1));
  EXPECT_EQ(agent_.selected(), std::nullopt);
  EXPECT_EQ(agent_.last_authentic(), std::nullopt);
}

TEST_F(AgentTest, DoesNotAnswerAnswersAndIndications) {
  Add(1);
  const auto key = crypto::HmacSha1::Make(AsBytes(kOurs.password)).value();
  for (const stun::Class message_class :
       {stun::Class::kIndication, stun::Class::kSuccess, stun::Class::kError}) {
    stun::Writer writer(message_class, stun::kBinding, {});
    stun::testing::AddUsername(writer, "abcd:peer");
    EXPECT_TRUE(agent_.OnStun(1, writer.Finish(key).value(), now_).empty());
  }
  EXPECT_FALSE(agent_.validated(1));
}

TEST_F(AgentTest, TellsAPeerWithTheWrongRole) {
  Add(1);
  BindingRequest request = Request();
  request.controlled = true;
  const stun::Message answer = Answer(1, request);
  EXPECT_EQ(answer.message_class, stun::Class::kError);
  EXPECT_EQ(answer.error_code, 487);
  EXPECT_FALSE(agent_.validated(1));
}

TEST_F(AgentTest, TellsWhatItDoesNotUnderstand) {
  Add(1);
  stun::Writer writer(stun::Class::kRequest, stun::kBinding, {});
  stun::testing::AddUsername(writer, "abcd:peer");
  writer.Add(0x7f01, {});
  writer.Add(0xff01, {});  // may be passed over
  const auto key = crypto::HmacSha1::Make(AsBytes(kOurs.password)).value();
  const Bytes answer = agent_.OnStun(1, writer.Finish(key).value(), now_);
  const auto message = stun::Parse(answer);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_class, stun::Class::kError);
  EXPECT_EQ(message->error_code, 420);
  const Bytes named = {0x00, 0x0a, 0x00, 0x02, 0x7f, 0x01, 0x00, 0x00};
  EXPECT_FALSE(std::ranges::search(answer, named).empty());
  EXPECT_FALSE(agent_.validated(1));
}

TEST_F(AgentTest, SendsWhereTheClientNominates) {
  for (const PairId pair : {1U, 2U, 3U}) Add(pair);
  Check(1, false);
  Check(2, true);
  Check(3, false);
  EXPECT_EQ(agent_.selected(), 2U);
  EXPECT_TRUE(agent_.validated(1));
  EXPECT_TRUE(agent_.validated(3));
}

TEST_F(AgentTest, TakesTheHighestOfPairsThatAreAllNominatedAtOnce) {
  for (const PairId pair : {1U, 2U, 3U}) Add(pair);
  Check(1, true, 10);
  Check(2, true, 30);
  Check(3, true, 20);
  EXPECT_EQ(agent_.selected(), 2U);
}

TEST_F(AgentTest, FollowsANominationWhenTheOneBeforeIsOld) {
  Add(1);
  Add(2);
  Check(1, true, 30);
  now_ += 100ms;
  Check(2, true, 10);
  EXPECT_EQ(agent_.selected(), 1U);
  now_ += 400ms;
  Check(2, true, 10);
  EXPECT_EQ(agent_.selected(), 2U);
}

TEST_F(AgentTest, TakesTheNewestPairWhenTheNominatedOneGoes) {
  for (const PairId pair : {1U, 2U, 3U}) Add(pair);
  Check(1, true);
  now_ += 10ms;
  Check(2, false);
  Check(3, false);
  now_ += 10ms;
  agent_.OnAuthentic(2, now_);
  agent_.RemovePair(1);
  EXPECT_EQ(agent_.selected(), 2U);
}

TEST_F(AgentTest, GivesUpThePairThatWasSilentLongestButNeverTheSelectedOne) {
  for (PairId pair = 0; pair < Agent::kMaxPairs; ++pair) {
    Add(pair);
    Check(pair, pair == 0);
    now_ += 10ms;
  }
  EXPECT_EQ(agent_.AddPair(100, AddressOf(100), false, now_), 1U);
  EXPECT_FALSE(agent_.validated(1));
  EXPECT_EQ(agent_.selected(), 0U);
  EXPECT_EQ(agent_.stats(now_).size(), Agent::kMaxPairs);
}

TEST_F(AgentTest, TakesBothCredentialsUntilTheClientFollowsARestart) {
  Add(1);
  Check(1, true);
  ASSERT_TRUE(agent_.Restart(kRestarted, "again", now_).has_value());
  Check(1, true);
  EXPECT_EQ(agent_.restarts(), 0U);
  EXPECT_EQ(Answer(1, Request(kRestarted, "again")).message_class, stun::Class::kSuccess);
  EXPECT_EQ(agent_.restarts(), 1U);
  EXPECT_TRUE(agent_.OnStun(1, Serialize(Request()), now_).empty());
}

TEST_F(AgentTest, FollowsTheFirstNominationAfterARestart) {
  Add(1);
  Add(2);
  Check(1, true, 30);
  ASSERT_TRUE(agent_.Restart(kRestarted, "again", now_).has_value());
  BindingRequest low = Request(kRestarted, "again");
  low.priority = 10;
  Answer(2, low);
  EXPECT_EQ(agent_.selected(), 2U);
}

TEST_F(AgentTest, KeepsTheOldCredentialsWhenTheClientNeverRestarts) {
  Add(1);
  ASSERT_TRUE(agent_.Restart(kRestarted, "again", now_).has_value());
  now_ += Agent::kRestartWithin + 1ms;
  EXPECT_TRUE(agent_.OnStun(1, Serialize(Request(kRestarted, "again")), now_).empty());
  Check(1, true);
  EXPECT_EQ(agent_.restarts(), 0U);
}

TEST_F(AgentTest, TakesTheLastOfTwoRestarts) {
  const sdp::IceCredentials second{.ufrag = "ijkl", .password = "2123456789012345678901"};
  Add(1);
  ASSERT_TRUE(agent_.Restart(kRestarted, "again", now_).has_value());
  ASSERT_TRUE(agent_.Restart(second, "later", now_).has_value());
  EXPECT_TRUE(agent_.OnStun(1, Serialize(Request(kRestarted, "again")), now_).empty());
  EXPECT_EQ(Answer(1, Request(second, "later")).message_class, stun::Class::kSuccess);
}

TEST_F(AgentTest, StaysAsItIsWhenNewCredentialsAreNone) {
  Add(1);
  EXPECT_FALSE(agent_.Restart({.ufrag = "a", .password = "b"}, "", now_).has_value());
  Check(1, true);
}

TEST_F(AgentTest, ShowsItsPairs) {
  Add(1);
  EXPECT_EQ(agent_.AddPair(2, AddressOf(2), true, now_), std::nullopt);
  Check(1, true);
  Check(1, true);
  now_ += 3s;
  const auto stats = agent_.stats(now_);
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].remote, AddressOf(1));
  EXPECT_TRUE(stats[0].selected);
  EXPECT_EQ(stats[0].requests, 2U);
  EXPECT_EQ(stats[0].silent, 3s);
  EXPECT_TRUE(stats[1].tcp);
  EXPECT_FALSE(stats[1].selected);
}

}  // namespace
}  // namespace ingress::ice_lite
