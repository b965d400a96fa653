#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "rtmp/testing/session_fixture.h"

namespace ingress::rtmp {
namespace {

using namespace std::chrono_literals;
using amf::Null;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Cause = PublishEnd::Cause;

/// What an encoder asks for beside its publish, and what that does to the publish: nothing.
class SessionOtherRequestsTest : public SessionFixture {
 protected:
  void ExpectMediaFlows() {
    Feed(client_.Send(MessageType::kVideo, 6, 1, FromHex("27 01 000000 41")));
    EXPECT_THAT(TakeMedia(), SizeIs(1));
    EXPECT_FALSE(session_.finished());
  }
};

TEST_F(SessionOtherRequestsTest, RefusesASecondPublishAndKeepsTheFirst) {
  struct Second {
    std::string name;
    std::uint32_t stream_id;
  };
  for (const Second& second :
       {Second{"other", 3}, Second{"other", 1}, Second{"key", 3}, Second{"key", 1}, Second{"", 3},
        Second{std::string(65535, 'k'), 3}}) {
    SessionFixture::Reset();
    FeedPublish();
    Feed(client_.Publish(second.name, second.stream_id));
    const auto replies = Replies();
    ASSERT_THAT(replies, SizeIs(1));
    EXPECT_EQ(replies[0].message_stream_id, second.stream_id);
    EXPECT_EQ(StatusCode(replies[0]), "NetStream.Publish.BadName");
    EXPECT_EQ(StatusText(replies[0], "level"), "error");
    EXPECT_THAT(TakeNotice(), HasSubstr("publishing already"));
    ExpectMediaFlows();
    Feed(client_.Command({"FCUnpublish", 0, Null{}, "key"}));  // still means the first
    EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
  }
}

TEST_F(SessionOtherRequestsTest, RefusesASecondPublishWhileTheFirstIsUndecided) {
  FeedConnect();
  Feed(client_.Publish("key") + client_.Send(MessageType::kVideo, 6, 1, {0x17}) +
       client_.Publish("other", 3));
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Publish.BadName");
  auto events = session_.TakeEvents();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(std::get<PublishRequest>(events[0]).stream_key, "key");
  session_.AcceptPublish(kStart);
  EXPECT_EQ(Replies().at(1).message_stream_id, 1u);
  EXPECT_THAT(TakeMedia(), SizeIs(1));
}

TEST_F(SessionOtherRequestsTest, RefusesPlayAndConnectAndKeepsThePublish) {
  FeedPublish();
  Feed(client_.Command({"play", 9, Null{}, "key"}, 3));
  const auto replies = Replies();
  EXPECT_EQ(replies.at(0).message_stream_id, 3u);
  EXPECT_EQ(StatusCode(replies.at(0)), "NetStream.Play.Failed");
  EXPECT_THAT(TakeNotice(), HasSubstr("streams in"));

  Feed(client_.Connect("elsewhere"));
  const auto commands = CommandsOf(Replies());
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(commands[0].name, "_error");
  ExpectMediaFlows();  // and no second notice
}

TEST_F(SessionOtherRequestsTest, TellsAnOddityOnceHoweverOftenItComes) {
  FeedPublish();
  for (int i = 0; i < 20; ++i) Feed(client_.Publish("other", 3));
  EXPECT_THAT(session_.TakeEvents(), SizeIs(1));
  ExpectMediaFlows();
}

TEST_F(SessionOtherRequestsTest, KeepsThePublishWhenAnotherStreamIsClosed) {
  FeedPublish();
  Feed(client_.Command({"createStream", 3, Null{}}));
  Replies();
  Feed(client_.Command({"deleteStream", 0, Null{}, 3}) +    // made, not published on
       client_.Command({"deleteStream", 0, Null{}, 77}) +   // never made
       client_.Command({"deleteStream", 0, Null{}, "b"}) +  // another name
       client_.Command({"closeStream", 0, Null{}}, 3) +
       client_.Command({"publish", 0, Null{}, false}, 3) +
       client_.Command({"FCUnpublish", 0, Null{}, "other"}) +
       client_.Command({"releaseStream", 0, Null{}, "key"}) +
       client_.Command({"FCPublish", 0, Null{}, "other"}));
  ExpectMediaFlows();
}

TEST_F(SessionOtherRequestsTest, KnowsTheNameOfItsPublishInEveryForm) {
  for (const std::string_view name : {"key?token=1", "key", "live/key", ""}) {
    SessionFixture::Reset();
    FeedConnect();
    Feed(client_.Publish("key?token=1"));
    TakeRequest();
    session_.AcceptPublish(kStart);
    Feed(client_.Command({"FCUnpublish", 0, Null{}, name}));
    EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished) << name;
  }
}

TEST_F(SessionOtherRequestsTest, AllowsAnotherPublishAfterTheFirst) {
  FeedPublish();
  Feed(client_.Command({"deleteStream", 0, amf::Null{}, 1}));
  TakeEnd();
  Feed(client_.Command({"createStream", 8, amf::Null{}}) + client_.Publish("again", 3));
  EXPECT_EQ(session_.NextDeadline(), kStart + 20s);
  EXPECT_EQ(TakeRequest().stream_key, "again");
  session_.AcceptPublish(kStart);
  Feed(client_.Send(MessageType::kVideo, 6, 3, {0x17}));
  EXPECT_THAT(TakeMedia(), SizeIs(1));
}

TEST_F(SessionOtherRequestsTest, PublishesAgainAndAgain) {
  FeedPublish();
  for (int i = 1; i < 50; ++i) {
    const TimePoint now = kStart + i * 500ms;
    ASSERT_TRUE(session_.Receive(client_.Command({"FCUnpublish", 0, Null{}, "key"}), now));
    EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
    ASSERT_TRUE(session_.Receive(client_.Publish("key"), now));
    TakeRequest();
    session_.AcceptPublish(now);
    EXPECT_EQ(session_.NextDeadline(), now + 15s);
  }
  ExpectMediaFlows();
}

TEST_F(SessionOtherRequestsTest, PublishesAgainBeforeTheFirstIsDecided) {
  FeedConnect();
  Feed(client_.Publish("one"));
  EXPECT_EQ(TakeRequest().stream_key, "one");
  Feed(client_.Command({"FCUnpublish", 0, Null{}, "one"}) + client_.Publish("two") +
       client_.Send(MessageType::kVideo, 6, 1, {0x17}));
  EXPECT_THAT(session_.TakeEvents(), IsEmpty());
  session_.AcceptPublish(kStart);
  auto events = session_.TakeEvents();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(std::get<PublishEnd>(events[0]).cause, Cause::kUnpublished);
  EXPECT_EQ(std::get<PublishRequest>(events[1]).stream_key, "two");
  EXPECT_THAT(Replies(), IsEmpty());
  session_.AcceptPublish(kStart);
  EXPECT_EQ(StatusCode(Replies().at(1)), "NetStream.Publish.Start");
  EXPECT_THAT(TakeMedia(), SizeIs(1));
}

TEST_F(SessionOtherRequestsTest, ForgetsAPublishThatEndedBeforeItsTurn) {
  FeedConnect();
  Feed(client_.Publish("one"));
  TakeRequest();
  Feed(client_.Command({"FCUnpublish", 0, Null{}}) + client_.Publish("two") +
       client_.Command({"FCUnpublish", 0, Null{}}));
  session_.AcceptPublish(kStart);
  EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
  EXPECT_FALSE(session_.finished());
}

}  // namespace
}  // namespace ingress::rtmp
