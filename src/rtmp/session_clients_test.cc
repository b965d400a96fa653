#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "rtmp/testing/session_fixture.h"

namespace ingress::rtmp {
namespace {

using amf::Null;
using amf::Object;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

using Cause = PublishEnd::Cause;

const Bytes kSequenceHeader = FromHex("17 00 000000 0142C01F");
const Bytes kMetadata =
    amf::EncodeAmf0({"@setDataFrame", "onMetaData", amf::EcmaArray{{{"width", 640}}}});

/// The order of messages that the named client was seen to send, each step checked for what the
/// client needs in the reply.
class SessionClientsTest : public SessionFixture {
 protected:
  /// Feeds a command and returns the names of the commands that answer it.
  std::vector<std::string> Answers(const Bytes& bytes) {
    Feed(bytes);
    std::vector<std::string> names;
    for (const Command& command : CommandsOf(Replies())) names.push_back(command.name);
    return names;
  }

  void ExpectPublish(const Bytes& publish) {
    EXPECT_THAT(Answers(publish), IsEmpty());
    EXPECT_EQ(TakeRequest().stream_key, "key");
    session_.AcceptPublish(kStart);
    const auto replies = Replies();
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies[1].message_stream_id, 1u);
    EXPECT_EQ(StatusCode(replies[1]), "NetStream.Publish.Start");
  }

  void ExpectMedia(std::uint32_t metadata_stream, std::uint32_t audio_stream,
                   std::uint32_t video_stream) {
    Feed(client_.Send(MessageType::kDataAmf0, metadata_stream, 1, kMetadata) +
         client_.Send(MessageType::kVideo, video_stream, 1, kSequenceHeader) +
         client_.Send(MessageType::kAudio, audio_stream, 1, FromHex("AF00 1190")));
    using Kind = MediaMessage::Kind;
    EXPECT_THAT(TakeMedia(), ElementsAre(Field(&MediaMessage::kind, Kind::kScript),
                                         Field(&MediaMessage::kind, Kind::kVideo),
                                         Field(&MediaMessage::kind, Kind::kAudio)));
  }
};

TEST_F(SessionClientsTest, PublishesAsFfmpegDoes) {
  FeedHandshake();
  EXPECT_THAT(Answers(client_.Connect("live", "FMLE/3.0 (compatible; Lavf59.27.100)")),
              ElementsAre("_result"));
  Feed(client_.SetChunkSize(60000));  // the echo of ours
  EXPECT_THAT(Answers(client_.Command({"releaseStream", 2, Null{}, "key"})),
              ElementsAre("_result"));
  EXPECT_THAT(Answers(client_.Command({"FCPublish", 3, Null{}, "key"})),
              ElementsAre("onFCPublish", "_result"));
  EXPECT_THAT(Answers(client_.Command({"createStream", 4, Null{}})), ElementsAre("_result"));
  ExpectPublish(client_.Command({"publish", 5, Null{}, "key", "live"}, 1, 8));
  ExpectMedia(4, 4, 6);
  Feed(client_.Send(MessageType::kVideo, 6, 1, FromHex("17 02 000000")) +
       client_.Command({"FCUnpublish", 6, Null{}, "key"}, 0) +
       client_.Command({"deleteStream", 7, Null{}, 1}, 0));
  const auto events = session_.TakeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<PublishEnd>(events[1]).cause, Cause::kUnpublished);
}

TEST_F(SessionClientsTest, TakesFfmpegsCommandThatStartsWithFmt3) {
  FeedConnect();
  // With an empty key FCPublish and createStream have the same length, so that the second one
  // inherits everything.
  const Bytes first = amf::EncodeAmf0({"FCPublish", 3, Null{}, ""});
  const Bytes second = amf::EncodeAmf0({"createStream", 4, Null{}});
  ASSERT_EQ(first.size(), second.size());
  Bytes bytes = client_.Send(MessageType::kCommandAmf0, 3, 0, first);
  bytes.push_back(0xC3);
  EXPECT_THAT(Answers(bytes + second), ElementsAre("onFCPublish", "_result", "_result"));
}

TEST_F(SessionClientsTest, PublishesAsObsDoes) {
  FeedHandshake();
  Feed(client_.SetChunkSize(4096));
  EXPECT_THAT(Answers(client_.Connect("live", "FMLE/3.0 (compatible; FMSc/1.0)")),
              ElementsAre("_result"));
  Feed(client_.Command({"releaseStream", 2, Null{}, "key"}) +
       client_.Command({"FCPublish", 3, Null{}, "key"}) +
       client_.Command({"createStream", 4, Null{}}));
  Replies();
  ExpectPublish(client_.Command({"publish", 5, Null{}, "key", "live"}, 1, 4));
  ExpectMedia(4, 4, 4);
  Feed(client_.Command({"FCUnpublish", 6, Null{}, "key"}) +
       client_.Command({"deleteStream", 7, Null{}, 1}));
  EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
}

TEST_F(SessionClientsTest, PublishesAsRtmp2sinkDoes) {
  FeedHandshake();
  EXPECT_THAT(Answers(client_.Connect("live", "LNX 10,0,32,18")), ElementsAre("_result"));
  Feed(client_.Control(MessageType::kWindowAckSize, 2'500'000));
  EXPECT_THAT(Answers(client_.Command({"releaseStream", 0, Null{}, "key"})), IsEmpty());
  EXPECT_THAT(Answers(client_.Command({"FCPublish", 0, Null{}, "key"})),
              ElementsAre("onFCPublish"));
  EXPECT_THAT(Answers(client_.Command({"createStream", 2, Null{}})), ElementsAre("_result"));
  ExpectPublish(client_.Command({"publish", 0, Null{}, "key", "live"}, 1));
  Feed(client_.SetChunkSize(128));
  ExpectMedia(4, 5, 6);
  Feed(client_.Command({"FCUnpublish", 0, Null{}, "key"}) +
       client_.Command({"deleteStream", 0, Null{}, "key"}));
  EXPECT_EQ(TakeEnd().cause, Cause::kUnpublished);
}

TEST_F(SessionClientsTest, PublishesAsLibrtmpDoes) {
  FeedHandshake();
  EXPECT_THAT(Answers(client_.Connect("live", "")), ElementsAre("_result"));
  Feed(client_.Command({"releaseStream", 2, Null{}, "key"}) +
       client_.Command({"FCPublish", 3, Null{}, "key"}) +
       client_.Command({"createStream", 4, Null{}}));
  Replies();
  ExpectPublish(client_.Command({"publish", 5, Null{}, "key", "live"}, 1, 4));
  ExpectMedia(4, 4, 4);
  // The same millisecond, length and type twice: fmt 3 means "same timestamp" here.
  Bytes frames = client_.Send(MessageType::kVideo, 4, 1, {0x27, 0x01}, 1000);
  frames = frames + FromHex("C4 27 02");
  Feed(frames);
  EXPECT_EQ(TakeMedia().at(1).timestamp, 1000u);
}

TEST_F(SessionClientsTest, PublishesAsTheNginxRelayDoes) {
  FeedHandshake();
  Feed(client_.SetChunkSize(4000) + client_.Control(MessageType::kWindowAckSize, 5'000'000));
  EXPECT_THAT(Answers(client_.Command({"connect", 1,
                                       Object{{{"app", "live"},
                                               {"tcUrl", "rtmp://127.0.0.1/live"},
                                               {"pageUrl", ""},
                                               {"flashVer", "LNX.11,1,102,55"},
                                               {"audioCodecs", 3191}},
                                              {}}})),
              ElementsAre("_result"));
  EXPECT_THAT(Answers(client_.Command({"createStream", 2, Null{}})), ElementsAre("_result"));
  ExpectPublish(client_.Command({"publish", 0, Null{}, "key", "live"}, 1, 5));
  Feed(client_.Send(MessageType::kUserControl, 2, 0, FromHex("0000 00000001")));
  Feed(client_.Send(
      MessageType::kDataAmf0, 5, 1,
      amf::EncodeAmf0({"onMetaData", Object{{{"profile", std::string(32, '\0')}}, {}}})));
  EXPECT_EQ(TakeMedia().size(), 1u);
  EXPECT_TRUE(session_.OnDisconnected(""));  // no commands, it just closes
  EXPECT_EQ(TakeEnd().cause, Cause::kDisconnected);
}

TEST_F(SessionClientsTest, PublishesAsHaivisionDoes) {
  FeedConnect();
  EXPECT_THAT(Answers(client_.Command({"createStream", 2, Null{}})), ElementsAre("_result"));
  EXPECT_THAT(Answers(client_.Command({"FCPublish", 3, Null{}, "key"})),
              ElementsAre("onFCPublish", "_result"));
  EXPECT_THAT(Answers(client_.Command({"_checkbw", 4, Null{}})), ElementsAre("_result"));
  ExpectPublish(client_.Command({"publish", 5, Null{}, "key"}, 1));  // no type either
}

TEST_F(SessionClientsTest, PublishesAsNodeMediaServersClientDoes) {
  FeedConnect();
  Feed(client_.Command({"createStream", 2, Null{}}));
  Replies();
  ExpectPublish(client_.Command({"publish", 3, Null{}, "key", "live"}, 1));
  Feed(client_.Send(MessageType::kVideo, 6, 0, kSequenceHeader));  // message stream 0
  EXPECT_EQ(TakeMedia().size(), 1u);
}

}  // namespace
}  // namespace ingress::rtmp
