#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "rtmp/session_fixture.h"

namespace ingress::rtmp {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Cause = PublishEnd::Cause;

class SessionLimitsTest : public SessionFixture {
 protected:
  ErrorCode Refused(ByteView bytes) {
    const auto received = session_.Receive(bytes, kStart);
    EXPECT_FALSE(received.has_value());
    EXPECT_TRUE(session_.finished());
    return received ? ErrorCode::kInternal : received.error().code;
  }

  /// Runs the due deadline and returns what it reports.
  Result<void> Expire() {
    const TimePoint due = session_.NextDeadline().value();
    EXPECT_TRUE(session_.OnDeadline(due - 1ms));
    EXPECT_FALSE(session_.finished());
    auto outcome = session_.OnDeadline(due);
    EXPECT_TRUE(session_.finished());
    return outcome;
  }
};

TEST_F(SessionLimitsTest, GivesTheHandshakeTenSecondsInAll) {
  Feed(FromHex("03"));
  ASSERT_TRUE(session_.Receive(FromHex("00"), kStart + 9s));
  EXPECT_EQ(session_.NextDeadline(), kStart + 10s);
  const auto outcome = Expire();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(outcome.error().context, HasSubstr("handshake within 10 s"));
}

TEST_F(SessionLimitsTest, WantsAPublishWithinTwentySeconds) {
  FeedConnect();
  ASSERT_TRUE(session_.Receive(client_.Command({"ping", 0}), kStart + 19s));
  EXPECT_EQ(session_.NextDeadline(), kStart + 20s);
  EXPECT_THAT(Expire().error().context, HasSubstr("no publish within 20 s"));
}

TEST_F(SessionLimitsTest, TellsTheEncoderWhenTheDecisionTakesTooLong) {
  FeedConnect();
  Feed(client_.Publish("key"));
  TakeRequest();
  EXPECT_FALSE(Expire());
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Publish.Failed");
  session_.AcceptPublish(kStart + 21s);
  EXPECT_EQ(TakeEnd().cause, Cause::kTimedOut);
}

TEST_F(SessionLimitsTest, EndsAnIdlePublish) {
  FeedPublish();
  EXPECT_EQ(session_.NextDeadline(), kStart + 15s);  // before the first media
  ASSERT_TRUE(session_.Receive(client_.Send(MessageType::kVideo, 6, 1, {0x17}), kStart + 14s));
  TakeMedia();
  EXPECT_EQ(session_.NextDeadline(), kStart + 44s);
  const auto outcome = Expire();
  EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(outcome.error().context, HasSubstr("nothing received for 30 s"));
  EXPECT_EQ(TakeEnd().cause, Cause::kTimedOut);
  EXPECT_EQ(session_.NextDeadline(), std::nullopt);
}

TEST_F(SessionLimitsTest, ClosesInOrderWhenAnUnpublishedEncoderStays) {
  FeedPublish();
  Feed(client_.Command({"FCUnpublish", 0, amf::Null{}, "key"}));
  TakeEnd();
  EXPECT_TRUE(Expire());
}

TEST_F(SessionLimitsTest, RefusesChunkSizesThatCannotBe) {
  for (const std::string_view size : {"00000000", "80000000", "FFFFFFFF", "000001"}) {
    Reset();
    FeedPublish();
    EXPECT_EQ(Refused(client_.Send(MessageType::kSetChunkSize, 2, 0, FromHex(size))),
              ErrorCode::kMalformed);
    EXPECT_EQ(TakeEnd().cause, Cause::kProtocolError);
  }
}

TEST_F(SessionLimitsTest, ClampsLargeChunkSizesAndTakesTinyOnes) {
  FeedPublish();
  Feed(client_.Send(MessageType::kSetChunkSize, 2, 0, FromHex("7FFFFFFF EE")));
  Bytes large = FromHex("06 000000 030000 09 01000000");
  large.resize(large.size() + 0x30000);
  Feed(large);
  EXPECT_EQ(TakeMedia().at(0).payload.size(), 0x30000u);
  Feed(client_.Control(MessageType::kSetChunkSize, 1));
  Feed(FromHex("06 000000 000003 09 01000000 01 C6 02 C6 03"));
  EXPECT_EQ(TakeMedia().at(0).payload, FromHex("010203"));
}

TEST_F(SessionLimitsTest, ClosesOnAFloodOfControlMessages) {
  FeedPublish();
  for (int i = 0; i < kMaxControlMessagesPerSecond; ++i) {
    ASSERT_TRUE(session_.Receive(client_.Control(MessageType::kWindowAckSize, 1), kStart + 1s));
  }
  EXPECT_THAT(session_.Receive(client_.Control(MessageType::kWindowAckSize, 1), kStart + 1900ms)
                  .error()
                  .context,
              HasSubstr("control messages"));
}

TEST_F(SessionLimitsTest, ClosesOnAFloodOfCommands) {
  FeedHandshake();
  Bytes flood;
  for (int i = 0; i <= kMaxCommandsPerSecond; ++i) flood = flood + client_.Command({"ping", 0});
  EXPECT_EQ(Refused(flood), ErrorCode::kLimitExceeded);
}

TEST_F(SessionLimitsTest, ClosesOnTooManyMessageStreams) {
  FeedConnect();
  for (std::size_t i = 0; i < kMaxMessageStreams; ++i) {
    Feed(client_.Command({"createStream", 2, amf::Null{}}));
  }
  EXPECT_EQ(Refused(client_.Command({"createStream", 2, amf::Null{}})), ErrorCode::kLimitExceeded);
}

TEST_F(SessionLimitsTest, ClosesAfterAThousandUnknownMessages) {
  FeedPublish();
  const Bytes unknown = client_.Send(static_cast<MessageType>(23), 5, 0, {1});
  for (int i = 0; i < kMaxUnknownMessages; ++i) Feed(unknown);
  EXPECT_EQ(Refused(unknown), ErrorCode::kLimitExceeded);
}

TEST_F(SessionLimitsTest, ClosesOnACommandThatDoesNotDecode) {
  FeedConnect();
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf0, 3, 0, FromHex("02 FFFF 61"))),
            ErrorCode::kMalformed);
  Reset();
  FeedConnect();
  Bytes nested = FromHex("02 0001 61 00 0000000000000000");
  for (int i = 0; i < 200; ++i) nested = nested + FromHex("0A 00000001");
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf0, 3, 0, nested)),
            ErrorCode::kLimitExceeded);
  Reset();
  FeedConnect();
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf3, 3, 0, {})), ErrorCode::kMalformed);
}

TEST_F(SessionLimitsTest, DropsHugeMetadataWithoutHarm) {
  FeedPublish();
  Bytes body = amf::EncodeAmf0(std::vector<amf::Value>{"onMetaData"});
  body.resize(body.size() + 100'000, 0x05);
  Feed(client_.Send(MessageType::kDataAmf0, 4, 1, body));
  EXPECT_THAT(TakeMedia(), IsEmpty());
  EXPECT_FALSE(session_.finished());
}

TEST_F(SessionLimitsTest, RefusesAnEndlessName) {
  FeedConnect();
  EXPECT_EQ(Refused(client_.Publish(std::string(kMaxNameLength + 1, 'k'))),
            ErrorCode::kLimitExceeded);
  Reset();
  FeedHandshake();
  EXPECT_EQ(Refused(client_.Connect(std::string(kMaxNameLength + 1, 'a'))),
            ErrorCode::kLimitExceeded);
}

TEST_F(SessionLimitsTest, RefusesAPublishWithoutConnect) {
  FeedHandshake();
  EXPECT_EQ(Refused(client_.Publish("key")), ErrorCode::kMalformed);
}

TEST_F(SessionLimitsTest, EscapesWhatMayBeLogged) {
  FeedHandshake();
  Feed(client_.Connect("li\nve", "evil\n" + std::string(1000, 'x')));
  Feed(client_.Publish("key"));
  const PublishRequest request = TakeRequest();
  EXPECT_EQ(request.app, "li\\x0ave");
  EXPECT_EQ(request.flash_ver.size(), 256u);
  EXPECT_THAT(request.flash_ver, HasSubstr("evil\\x0a"));
}

}  // namespace
}  // namespace ingress::rtmp
