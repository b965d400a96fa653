#include "rtmp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "rtmp/testing/session_fixture.h"

namespace ingress::rtmp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Cause = PublishEnd::Cause;

class SessionTest : public SessionFixture {};

TEST_F(SessionTest, AnswersConnectInTheOrderThatEveryClientTakes) {
  FeedHandshake();
  Feed(client_.Connect("live"));
  const auto replies = Replies();
  ASSERT_THAT(TypesOf(replies),
              ElementsAre(MessageType::kWindowAckSize, MessageType::kSetPeerBandwidth,
                          MessageType::kSetChunkSize, MessageType::kCommandAmf0));
  EXPECT_EQ(replies[0].payload, FromHex("002625A0"));
  EXPECT_EQ(replies[1].payload, FromHex("002625A0 02"));
  EXPECT_EQ(replies[2].payload, FromHex("0000EA60"));
  EXPECT_EQ(CommandsOf(replies)[0].name, "_result");
}

TEST_F(SessionTest, NumbersMessageStreamsWithoutTheReservedIds) {
  FeedConnect();
  std::vector<double> ids;
  for (int i = 0; i < 3; ++i) {
    Feed(client_.Command({"createStream", 2 + i, amf::Null{}}));
    const auto commands = CommandsOf(Replies());
    ASSERT_THAT(commands, SizeIs(1));
    EXPECT_EQ(commands[0].transaction_id, 2 + i);
    EXPECT_EQ(commands[0].Argument(0), amf::Value(amf::Null{}));
    ids.push_back(commands[0].Argument(1).AsNumber().value());
  }
  EXPECT_THAT(ids, ElementsAre(1, 3, 4));
}

TEST_F(SessionTest, AsksForTheDecisionThenStartsThePublish) {
  FeedConnect();
  Feed(client_.Publish("key?token=1"));
  EXPECT_THAT(Replies(), IsEmpty());  // nothing before the decision
  const PublishRequest request = TakeRequest();
  EXPECT_EQ(request.stream_key, "key");
  EXPECT_EQ(request.app, "live");
  EXPECT_EQ(request.query, "token=1");
  EXPECT_EQ(request.flash_ver, "FMLE/3.0");

  session_.AcceptPublish(kStart);
  const auto replies = Replies();
  ASSERT_THAT(TypesOf(replies), ElementsAre(MessageType::kUserControl, MessageType::kCommandAmf0));
  EXPECT_EQ(replies[0].payload, FromHex("0000 00000001"));  // StreamBegin(1)
  EXPECT_EQ(replies[1].message_stream_id, 1u);              // rtmp2sink hangs on any other
  EXPECT_EQ(StatusCode(replies[1]), "NetStream.Publish.Start");
}

TEST_F(SessionTest, PassesMediaWithItsTimestamps) {
  FeedPublish();
  Feed(client_.Send(MessageType::kVideo, 6, 1, FromHex("170000000001"), 0));
  Feed(client_.Send(MessageType::kAudio, 4, 1, FromHex("AF01"), 0xFFFFFFFF));
  Feed(client_.Send(MessageType::kDataAmf0, 4, 1,
                    amf::EncodeAmf0({"@setDataFrame", "onMetaData", amf::EcmaArray{}}), 7));
  const auto media = TakeMedia();
  ASSERT_THAT(media, SizeIs(3));
  EXPECT_EQ(media[0].kind, MediaMessage::Kind::kVideo);
  EXPECT_EQ(media[0].payload, FromHex("170000000001"));
  EXPECT_EQ(media[1].kind, MediaMessage::Kind::kAudio);
  EXPECT_EQ(media[1].timestamp, 0xFFFFFFFFu);
  EXPECT_EQ(media[2].kind, MediaMessage::Kind::kScript);
  EXPECT_EQ(media[2].payload, amf::EncodeAmf0({"onMetaData", amf::EcmaArray{}}));
}

TEST_F(SessionTest, AcceptsMediaOnAnyMessageStream) {
  FeedPublish();
  Feed(client_.Send(MessageType::kVideo, 6, 0, {0x17}));
  Feed(client_.Send(MessageType::kVideo, 6, 99, {0x17}));
  EXPECT_THAT(TakeMedia(), SizeIs(2));
}

TEST_F(SessionTest, IgnoresEmptyMedia) {
  FeedPublish();
  Feed(client_.Send(MessageType::kVideo, 6, 1, {}));
  Feed(client_.Send(MessageType::kAudio, 4, 1, {}));
  EXPECT_THAT(TakeMedia(), IsEmpty());
}

TEST_F(SessionTest, DropsUndecodableDataAndGoesOn) {
  FeedPublish();
  Feed(client_.Send(MessageType::kDataAmf0, 4, 1, FromHex("02 00FF 61")));
  Feed(client_.Send(MessageType::kVideo, 6, 1, {0x17}));
  EXPECT_THAT(TakeMedia(), SizeIs(1));
}

TEST_F(SessionTest, ReplaysMediaThatCameBeforeTheDecision) {
  FeedConnect();
  Feed(client_.Publish("key") + client_.Send(MessageType::kVideo, 6, 1, {0x17}) +
       client_.Send(MessageType::kAudio, 4, 1, {0xAF}));
  TakeRequest();
  EXPECT_THAT(TakeMedia(), IsEmpty());
  session_.AcceptPublish(kStart);
  EXPECT_THAT(TakeMedia(), SizeIs(2));
}

TEST_F(SessionTest, StopsWantingInputWhileMuchMediaWaits) {
  FeedConnect();
  Feed(client_.SetChunkSize(65536) + client_.Publish("key"));
  TakeRequest();
  EXPECT_TRUE(session_.wants_input());
  for (int i = 0; i < 5; ++i) Feed(client_.Send(MessageType::kVideo, 6, 1, Bytes(1024 * 1024)));
  EXPECT_FALSE(session_.wants_input());
  session_.AcceptPublish(kStart);
  Feed({});
  EXPECT_TRUE(session_.wants_input());
  EXPECT_THAT(TakeMedia(), SizeIs(5));
}

TEST_F(SessionTest, RefusesWithAnErrorOnThePublishedStreamThenCloses) {
  FeedConnect();
  Feed(client_.Publish("key") + client_.Send(MessageType::kVideo, 6, 1, {0x17}));
  TakeRequest();
  session_.RefusePublish({.code = "NetStream.Publish.BadName", .description = "Unknown key."});
  EXPECT_TRUE(session_.finished());
  const auto replies = Replies();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].message_stream_id, 1u);
  EXPECT_EQ(StatusCode(replies[0]), "NetStream.Publish.BadName");
  EXPECT_EQ(StatusText(replies[0], "level"), "error");
  EXPECT_EQ(StatusText(replies[0], "description"), "Unknown key.");
  EXPECT_THAT(session_.TakeEvents(), IsEmpty());
}

TEST_F(SessionTest, RefusesAPublishWithoutAKeyByItself) {
  FeedConnect();
  const auto received = session_.Receive(client_.Publish(""), kStart);
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kUnauthorized);
  EXPECT_THAT(received.error().context, HasSubstr("stream key is missing"));
  EXPECT_TRUE(session_.finished());
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Publish.BadName");
}

TEST_F(SessionTest, RefusesPlay) {
  FeedConnect();
  EXPECT_FALSE(session_.Receive(client_.Command({"play", 0, amf::Null{}, "key"}, 1), kStart));
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Play.Failed");
}

TEST_F(SessionTest, AnswersUnknownCommandsThatWaitAndNoOthers) {
  FeedConnect();
  Feed(client_.Command({"_checkbw", 9, amf::Null{}}) +
       client_.Command({"setPlaylist", 0, amf::Null{}}) + client_.Command({"_result", 7}));
  const auto commands = CommandsOf(Replies());
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(commands[0].name, "_result");
  EXPECT_EQ(commands[0].transaction_id, 9);
  EXPECT_EQ(commands[0].Argument(1), amf::Value());
}

TEST_F(SessionTest, AnswersFcPublishTwice) {
  FeedConnect();
  Feed(client_.Command({"FCPublish", 3, amf::Null{}, "key"}));
  const auto commands = CommandsOf(Replies());
  ASSERT_THAT(commands, SizeIs(2));
  EXPECT_EQ(commands[0].name, "onFCPublish");
  EXPECT_EQ(commands[0].transaction_id, 3);
  EXPECT_EQ(commands[1].name, "_result");
  Feed(client_.Command({"FCPublish", 0, amf::Null{}, "key"}));
  EXPECT_THAT(Replies(), SizeIs(1));
}

TEST_F(SessionTest, AcceptsAmf3CommandsAndData) {
  FeedHandshake();
  const auto amf3 = [](const std::vector<amf::Value>& values) {
    Bytes body = {0};
    amf::Object ignored;
    for (const amf::Value& value : values) amf::EncodeAmf0(value, body);
    return body;
  };
  Feed(client_.Send(MessageType::kCommandAmf3, 3, 0,
                    amf3({"connect", 1, amf::Object{{{"app", "live"}}, {}}})));
  EXPECT_EQ(CommandsOf(Replies()).at(0).name, "_result");
  Feed(client_.Send(MessageType::kCommandAmf3, 3, 1, amf3({"publish", 0, amf::Null{}, "key"})));
  EXPECT_EQ(TakeRequest().stream_key, "key");
  session_.AcceptPublish(kStart);
  Feed(client_.Send(MessageType::kDataAmf3, 4, 1, amf3({"onMetaData", amf::EcmaArray{}})));
  EXPECT_EQ(TakeMedia().at(0).payload, amf::EncodeAmf0({"onMetaData", amf::EcmaArray{}}));
}

TEST_F(SessionTest, TakesAggregatesApart) {
  FeedPublish();
  Feed(client_.Send(MessageType::kAggregate, 6, 1,
                    FromHex("08 000002 000064 00 000000 AF01 0000000D"
                            "09 000001 00006E 00 000000 17 0000000C"),
                    1000));
  const auto media = TakeMedia();
  ASSERT_THAT(media, SizeIs(2));
  EXPECT_EQ(media[0].timestamp, 1000u);
  EXPECT_EQ(media[1].timestamp, 1010u);
}

TEST_F(SessionTest, AnswersPingsAndIgnoresOtherControl) {
  FeedPublish();
  Feed(client_.Send(MessageType::kUserControl, 3, 0, FromHex("0006 01020304")));  // not on 2
  const auto replies = Replies();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].payload, FromHex("0007 01020304"));
  Feed(client_.Send(MessageType::kSetPeerBandwidth, 2, 0, FromHex("00010000 02")) +
       client_.Send(MessageType::kAcknowledgement, 2, 0, FromHex("00")) +
       client_.Send(MessageType::kUserControl, 2, 0, FromHex("001F 00000001")) +
       client_.Send(static_cast<MessageType>(23), 2, 0, {1}) +
       client_.Send(MessageType::kSharedObjectAmf0, 3, 0, {1}));
  EXPECT_THAT(Replies(), IsEmpty());
}

TEST_F(SessionTest, AcknowledgesEachWindow) {
  FeedPublish();
  Feed(client_.SetChunkSize(65536) + client_.Control(MessageType::kWindowAckSize, 100'000));
  Feed(client_.Send(MessageType::kVideo, 6, 1, Bytes(100'000)));
  const auto replies = Replies();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].type, MessageType::kAcknowledgement);
}

TEST_F(SessionTest, AppliesAbort) {
  FeedPublish();
  const Bytes message = client_.Send(MessageType::kVideo, 6, 1, Bytes(200));
  Feed(ByteView(message).first(12 + 128));  // one chunk of two
  Feed(client_.Control(MessageType::kAbort, 6));
  Feed(client_.Send(MessageType::kVideo, 6, 1, {0x17}));
  const auto media = TakeMedia();
  ASSERT_THAT(media, SizeIs(1));
  EXPECT_THAT(media[0].payload, SizeIs(1));
}

TEST_F(SessionTest, WorksOneByteAtATime) {
  Bytes all = ScriptedClient::Handshake() + client_.Connect("live") +
              client_.Command({"createStream", 2, amf::Null{}}) + client_.Publish("key") +
              client_.Send(MessageType::kVideo, 6, 1, Bytes(300, 0x17), 40);
  for (const std::uint8_t& byte : all) ASSERT_TRUE(session_.Receive({&byte, 1}, kStart));
  EXPECT_EQ(TakeRequest().stream_key, "key");
  session_.AcceptPublish(kStart);
  EXPECT_EQ(TakeMedia().at(0).payload, Bytes(300, 0x17));
}

TEST_F(SessionTest, EndsWithEveryFormOfUnpublish) {
  const std::vector<std::vector<amf::Value>> forms = {
      {"FCUnpublish", 6, amf::Null{}, "key"},  {"deleteStream", 7, amf::Null{}, 1},
      {"deleteStream", 0, amf::Null{}, "key"}, {"deleteStream", 0, amf::Null{}},
      {"closeStream", 0, amf::Null{}},         {"publish", 0, amf::Null{}, false},
  };
  for (const auto& form : forms) {
    SessionFixture::Reset();
    FeedPublish();
    Feed(client_.Command(form));
    const PublishEnd end = TakeEnd();
    EXPECT_EQ(end.cause, Cause::kUnpublished);
    EXPECT_THAT(end.detail, HasSubstr(*form[0].AsString()));
    EXPECT_FALSE(session_.finished());
    EXPECT_EQ(session_.NextDeadline(), kStart + 2s);
    EXPECT_TRUE(session_.OnDisconnected(""));
    EXPECT_THAT(session_.TakeEvents(), IsEmpty());  // exactly once
  }
}

TEST_F(SessionTest, ReportsADisconnectByWhatCameBefore) {
  EXPECT_TRUE(session_.OnDisconnected(""));  // a port check
  SessionFixture::Reset();
  Feed(FromHex("03 00"));
  const auto during = session_.OnDisconnected("");
  ASSERT_FALSE(during);
  EXPECT_THAT(during.error().context, HasSubstr("during the handshake"));
  SessionFixture::Reset();
  FeedConnect();
  EXPECT_THAT(session_.OnDisconnected("").error().context, HasSubstr("before it published"));
  SessionFixture::Reset();
  FeedPublish();
  EXPECT_TRUE(session_.OnDisconnected("Connection reset by peer"));
  const PublishEnd end = TakeEnd();
  EXPECT_EQ(end.cause, Cause::kDisconnected);
  EXPECT_EQ(end.detail, "Connection reset by peer");
}

TEST_F(SessionTest, EndsAPublishThatIsAcceptedTooLate) {
  FeedConnect();
  Feed(client_.Publish("key") + client_.Send(MessageType::kVideo, 6, 1, {0x17}));
  TakeRequest();
  EXPECT_TRUE(session_.OnDisconnected(""));
  session_.AcceptPublish(kStart);
  EXPECT_EQ(TakeEnd().cause, Cause::kDisconnected);
}

TEST_F(SessionTest, ClosesALivePublishWithAStatus) {
  FeedPublish();
  session_.Close("NetStream.Unpublish.Success", "The ingress was deleted.");
  EXPECT_TRUE(session_.finished());
  const auto replies = Replies();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(StatusText(replies[0], "level"), "status");
  EXPECT_EQ(TakeEnd().cause, Cause::kClosedByUs);
  session_.Close("x", "y");
  EXPECT_THAT(Replies(), IsEmpty());
}

TEST_F(SessionTest, SwitchesTheMeaningOfFmt3ForOldObs) {
  FeedPublish();
  const auto two_frames_with_fmt3 = [this] {
    Bytes bytes = client_.Send(MessageType::kVideo, 4, 1, {0x27}, 100);
    bytes.push_back(0xC4);
    bytes.push_back(0x27);
    Feed(bytes);
    return TakeMedia().at(1).timestamp;
  };
  EXPECT_EQ(two_frames_with_fmt3(), 200u);
  Feed(client_.Send(MessageType::kDataAmf0, 4, 1,
                    amf::EncodeAmf0({"@setDataFrame", "onMetaData",
                                     amf::EcmaArray{{{"encoder", "libobs version 29.0.2"}}}})));
  TakeMedia();
  EXPECT_EQ(two_frames_with_fmt3(), 100u);
}

}  // namespace
}  // namespace ingress::rtmp
