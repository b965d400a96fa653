#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "rtmp/testing/session_fixture.h"

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

  void FeedAt(Clock::duration after_start, ByteView bytes) {
    const auto received = session_.Receive(bytes, kStart + after_start);
    ASSERT_TRUE(received) << received.error().context;
  }

  /// The description of the one `_error` that was answered to connect.
  std::string ConnectError() {
    const auto commands = CommandsOf(Replies());
    EXPECT_EQ(commands.size(), 1u);
    if (commands.size() != 1) return {};
    EXPECT_EQ(commands[0].name, "_error");
    EXPECT_EQ(commands[0].transaction_id, 1);
    EXPECT_EQ(*commands[0].Argument(1).Find("code")->AsString(), "NetConnection.Connect.Rejected");
    return *commands[0].Argument(1).Find("description")->AsString();
  }

  const Bytes kFrame = FromHex("27 01 000000 00000001 41");

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
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Failed");
  session_.AcceptPublish(kStart + 21s);
  EXPECT_EQ(TakeEnd().cause, Cause::kTimedOut);
}

TEST_F(SessionLimitsTest, EndsAnIdlePublishAndTellsIt) {
  FeedPublish();
  EXPECT_EQ(session_.NextDeadline(), kStart + 15s);  // before the first media
  FeedAt(14s, client_.Send(MessageType::kVideo, 6, 1, kFrame));
  TakeMedia();
  EXPECT_EQ(session_.NextDeadline(), kStart + 44s);
  const auto outcome = Expire();
  EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(outcome.error().context, HasSubstr("no audio or video for 30 s"));
  EXPECT_EQ(TakeEnd().cause, Cause::kTimedOut);
  EXPECT_EQ(session_.NextDeadline(), std::nullopt);
  const auto replies = Replies();
  EXPECT_EQ(StatusCode(replies.at(0)), "NetStream.Failed");
  EXPECT_THAT(StatusText(replies.at(0), "description"), HasSubstr("no audio or video for 30 s"));
}

TEST_F(SessionLimitsTest, TakesNothingButFramesForASignOfLife) {
  const Bytes metadata =
      client_.Send(MessageType::kDataAmf0, 4, 1,
                   amf::EncodeAmf0({"@setDataFrame", "onMetaData", amf::EcmaArray{}}));
  const Bytes dribble = client_.Send(MessageType::kVideo, 6, 1, Bytes(1000, 0x17));
  std::vector<Bytes> signs = {
      metadata,
      client_.Send(MessageType::kUserControl, 2, 0, FromHex("0006 00000001")),
      client_.Control(MessageType::kAcknowledgement, 1),
      client_.Control(MessageType::kWindowAckSize, 100'000),
      client_.Command({"ping", 0}),
      client_.Send(static_cast<MessageType>(10), 4, 1, Bytes(20)),
      client_.Send(MessageType::kVideo, 6, 1, {}),
      client_.Send(MessageType::kAudio, 4, 1, FromHex("AF")),
      client_.Send(MessageType::kAudio, 4, 1, FromHex("AF00 1190")),
      client_.Send(MessageType::kVideo, 6, 1, FromHex("17 00 000000 0142C01F")),
      client_.Send(MessageType::kVideo, 6, 1, FromHex("17 02 000000"))};
  for (std::size_t i = 0; i < 8; ++i) signs.push_back({dribble[i]});  // and never the rest
  FeedPublish();
  FeedAt(1s, metadata);
  const TimePoint deadline = kStart + 30s;
  for (std::size_t i = 0; i < signs.size(); ++i) {
    FeedAt(2s + i * 1s, signs[i]);
    EXPECT_EQ(session_.NextDeadline(), deadline) << i;
  }
  EXPECT_EQ(Expire().error().code, ErrorCode::kTimeout);
}

TEST_F(SessionLimitsTest, KeepsSlowSourcesForEver) {
  FeedPublish();
  const std::vector<Bytes> frames = {
      client_.Send(MessageType::kVideo, 6, 1, kFrame),
      client_.Send(MessageType::kAudio, 4, 1, FromHex("AF01 21")),
      client_.Send(MessageType::kAggregate, 6, 1,
                   FromHex("08 000003 000064 00 000000 AF0121 0000000E"))};
  Feed(frames[0]);
  TimePoint now = kStart;
  for (std::size_t i = 0; i < 300; ++i) {
    now += 29s;
    ASSERT_TRUE(session_.OnDeadline(now));
    ASSERT_TRUE(session_.Receive(frames[i % frames.size()], now));
    EXPECT_EQ(session_.NextDeadline(), now + 30s);
  }
  EXPECT_EQ(TakeMedia().size(), 301u);
}

TEST_F(SessionLimitsTest, HasNoPatienceWithADribbleBeforeThePublish) {
  const Bytes all = ScriptedClient::Handshake() + client_.Connect("live");
  TimePoint now = kStart;
  for (std::size_t i = 0; i < 9; ++i) {
    now += 1s;
    ASSERT_TRUE(session_.Receive(ByteView(all).subspan(i, 1), now));
    EXPECT_EQ(session_.NextDeadline(), kStart + 10s);
  }
  ASSERT_TRUE(session_.Receive(ByteView(all).subspan(9), now));
  Feed(client_.Command({"createStream", 2, amf::Null{}}));
  const Bytes publish = client_.Publish("key");
  for (std::size_t i = 0; i < 10; ++i) {
    now += 1s;
    ASSERT_TRUE(session_.Receive(ByteView(publish).subspan(i, 1), now));
    EXPECT_EQ(session_.NextDeadline(), kStart + 20s);
  }
  EXPECT_EQ(Expire().error().code, ErrorCode::kTimeout);
}

TEST_F(SessionLimitsTest, ClosesInOrderWhenAnUnpublishedEncoderStays) {
  FeedPublish();
  Feed(client_.Command({"FCUnpublish", 0, amf::Null{}, "key"}));
  TakeEnd();
  EXPECT_TRUE(Expire());
}

TEST_F(SessionLimitsTest, LeavesOutEndlessMessagesBesideThePublish) {
  FeedPublish();
  Feed(client_.Send(static_cast<MessageType>(10), 4, 1, Bytes(300'000)));
  EXPECT_THAT(TakeNotice(), HasSubstr("type 10 with 300000 bytes"));
  Feed(client_.Send(MessageType::kAudio, 4, 1, Bytes(2'000'000)) +
       client_.Send(MessageType::kVideo, 6, 1, kFrame));
  EXPECT_EQ(TakeMedia().size(), 1u);
}

TEST_F(SessionLimitsTest, CountsWhatComesAfterAPublishByItself) {
  FeedPublish();
  const Bytes unknown = client_.Send(static_cast<MessageType>(10), 4, 1, {1});
  for (int i = 0; i < 1000; ++i) Feed(unknown);
  Feed(client_.Command({"FCUnpublish", 0, amf::Null{}, "key"}) +
       client_.Command({"deleteStream", 0, amf::Null{}, 1}));
  EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
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

TEST_F(SessionLimitsTest, IgnoresMessagesBesideTheMediaForEver) {
  FeedPublish();
  const Bytes beside = client_.Send(static_cast<MessageType>(10), 4, 1, Bytes(20)) +
                       client_.Send(static_cast<MessageType>(0), 2, 0, Bytes(20)) +
                       client_.Send(MessageType::kSharedObjectAmf0, 3, 0, {1}) +
                       client_.Control(MessageType::kAcknowledgement, 7) +
                       client_.Command({"onFI", 0, amf::Null{}}) +
                       client_.Send(MessageType::kVideo, 6, 1, kFrame);
  for (int frame = 0; frame < 5000; ++frame) FeedAt(frame * 33ms, beside);
  EXPECT_EQ(TakeMedia().size(), 5000u);
  EXPECT_THAT(Replies(), IsEmpty());
}

TEST_F(SessionLimitsTest, TakesWhatAStalledNetworkHandsOverAtOnce) {
  FeedPublish();
  const Bytes beside = client_.Send(static_cast<MessageType>(10), 4, 1, Bytes(20)) +
                       client_.Control(MessageType::kAcknowledgement, 7);
  for (int message = 0; message < 30 * 60 * 3; ++message) Feed(beside);
  EXPECT_FALSE(session_.finished());
}

TEST_F(SessionLimitsTest, ClosesOnAFloodBesideTheMediaAndTellsIt) {
  FeedPublish();
  const Bytes unknown = client_.Send(static_cast<MessageType>(23), 5, 0, {1});
  for (int i = 0; i < kMaxSideMessagesPerSecond; ++i) FeedAt(1s, unknown);
  EXPECT_THAT(session_.Receive(unknown, kStart + 1900ms).error().context,
              HasSubstr("messages in a second"));
  EXPECT_EQ(TakeEnd().cause, Cause::kProtocolError);
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Failed");
}

TEST_F(SessionLimitsTest, ClosesOnAFloodBeforeThePublish) {
  FeedHandshake();
  Bytes flood;
  for (int i = 0; i <= kMaxMessagesPerSecondBeforePublish; ++i) {
    flood = flood + client_.Command({"ping", 0});
  }
  EXPECT_EQ(Refused(flood), ErrorCode::kLimitExceeded);
}

TEST_F(SessionLimitsTest, FillsNoMemoryForAPeerThatDoesNotRead) {
  FeedPublish();
  const Bytes ping = client_.Send(MessageType::kUserControl, 2, 0, FromHex("0006 00000001"));
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 10'000; ++i) FeedAt(second * 1s, ping);
  }
  const Bytes output = session_.TakeOutput();
  EXPECT_LE(output.size(), kMaxUnsentBytes + 100);
  for (const Message& message : client_.Read(output)) {  // none is cut
    EXPECT_EQ(message.payload, FromHex("0007 00000001"));
  }
}

TEST_F(SessionLimitsTest, MakesMessageStreamsForEver) {
  FeedPublish();
  for (std::size_t i = 0; i < 10 * kMaxMessageStreams; ++i) {
    FeedAt(i * 100ms, client_.Command({"createStream", 2, amf::Null{}}));
  }
  EXPECT_EQ(CommandsOf(Replies()).size(), 10 * kMaxMessageStreams);
  FeedAt(9s, client_.Command({"deleteStream", 0, amf::Null{}, 1}));
  EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
}

TEST_F(SessionLimitsTest, ClosesOnACommandThatDoesNotDecodeAndTellsIt) {
  FeedHandshake();
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf0, 3, 0, FromHex("02 FFFF 61"))),
            ErrorCode::kMalformed);
  const Command error = CommandsOf(Replies()).at(0);
  EXPECT_EQ(error.name, "_error");
  EXPECT_EQ(error.transaction_id, 1);
  Reset();
  FeedConnect();
  Bytes nested = FromHex("02 0001 61 00 0000000000000000");
  for (int i = 0; i < 200; ++i) nested = nested + FromHex("0A 00000001");
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf0, 3, 0, nested)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Failed");
  Reset();
  FeedConnect();
  EXPECT_EQ(Refused(client_.Send(MessageType::kCommandAmf3, 3, 0, {})), ErrorCode::kMalformed);
}

TEST_F(SessionLimitsTest, PassesOverWhatDoesNotDecodeBesideAPublish) {
  FeedPublish();
  Feed(client_.Send(MessageType::kCommandAmf0, 3, 0, FromHex("02 FFFF 61")));
  EXPECT_THAT(TakeNotice(), HasSubstr("command"));
  Feed(client_.Send(MessageType::kCommandAmf3, 3, 0, {}) +
       client_.Send(MessageType::kAggregate, 6, 1,
                    FromHex("16 000002 000064 00 000000 AF01 0000000D")) +
       client_.Send(MessageType::kVideo, 6, 1, kFrame));
  EXPECT_EQ(TakeMedia().size(), 1u);  // and no second notice
}

TEST_F(SessionLimitsTest, DropsHugeMetadataWithoutHarm) {
  FeedPublish();
  Bytes body = amf::EncodeAmf0(std::vector<amf::Value>{"onMetaData"});
  body.resize(body.size() + 100'000, 0x05);
  Feed(client_.Send(MessageType::kDataAmf0, 4, 1, body));
  EXPECT_THAT(TakeMedia(), IsEmpty());
  EXPECT_FALSE(session_.finished());
}

TEST_F(SessionLimitsTest, RefusesEndlessNamesInWords) {
  for (const std::size_t length : {kMaxNameLength + 1, 3 * kMaxNameLength}) {
    Reset();
    FeedConnect();
    Feed(client_.Command({"releaseStream", 2, amf::Null{}, std::string(length, 'k')}) +
         client_.Command({"FCPublish", 3, amf::Null{}, std::string(length, 'k')}));
    Replies();
    EXPECT_EQ(Refused(client_.Publish(std::string(length, 'k'))), ErrorCode::kLimitExceeded);
    const auto status = Replies();
    ASSERT_EQ(status.size(), 1u);
    EXPECT_EQ(StatusCode(status[0]), "NetStream.Publish.BadName");
    EXPECT_THAT(StatusText(status[0], "description"),
                HasSubstr("The stream key is too long: " + std::to_string(length)));
    Reset();
    FeedHandshake();
    EXPECT_EQ(Refused(client_.Connect(std::string(length, 'a'))), ErrorCode::kLimitExceeded);
    EXPECT_THAT(ConnectError(), HasSubstr("URL is too long"));
  }
}

TEST_F(SessionLimitsTest, RefusesMessagesAboveTheirSizeInWords) {
  FeedHandshake();
  EXPECT_EQ(Refused(client_.Connect(std::string(65'536, 'a'))), ErrorCode::kLimitExceeded);
  EXPECT_THAT(ConnectError(), HasSubstr("message of type 20 is too long"));
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
