#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <variant>

#include "base/testing/hex.h"
#include "rtmp/testing/session_fixture.h"

namespace ingress::rtmp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// What a peer gets before it has shown a stream key that is accepted.
class SessionStrangerTest : public SessionFixture {
 protected:
  Bytes Frame(std::size_t size) const {
    Bytes body(size);
    body[0] = 0x27;
    body[1] = 1;
    return client_.Send(MessageType::kVideo, 6, 1, std::move(body));
  }

  /// Everything but the last byte.
  static Bytes Unfinished(Bytes message) {
    message.pop_back();
    return message;
  }

  void FeedRequest() {
    FeedConnect();
    Feed(client_.Publish("key"));
    TakeRequest();
  }
};

TEST_F(SessionStrangerTest, MaySendLittleBeforeItPublishes) {
  FeedConnect();
  Feed(client_.SetChunkSize(1 << 20));
  const Bytes frame = Frame(50'000);
  Feed(frame);
  Feed(frame);
  const auto received = session_.Receive(frame, kStart);
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(received.error().context, HasSubstr("131072 bytes before a publish"));
  EXPECT_TRUE(session_.finished());
}

TEST_F(SessionStrangerTest, TakesNoMemoryForALargeMessage) {
  FeedConnect();
  Feed(client_.SetChunkSize(1 << 20));
  Feed(Unfinished(Frame(kMaxStrangerMessageSize + 1)));
  EXPECT_LT(session_.buffered_bytes(), 4096u);
}

TEST_F(SessionStrangerTest, TakesNoMoreMemoryForManyMessagesThatItBegins) {
  FeedConnect();
  // Commands of 64 KiB, of each of which one chunk of 128 bytes comes.
  const Bytes header = FromHex("000000 010000 14 00000000");
  for (std::uint8_t chunk_stream = 4; chunk_stream < 64; ++chunk_stream) {
    Feed(Bytes{chunk_stream} + header + Bytes(kDefaultChunkSize));
  }
  EXPECT_LT(session_.buffered_bytes(), 2 * kMaxStrangerBytes);
}

TEST_F(SessionStrangerTest, IsNotReadOnWhileItsKeyIsDecidedAbout) {
  FeedRequest();
  Feed(client_.SetChunkSize(1 << 20));
  const Bytes frame = Frame(60'000);
  for (int i = 0; i < 3; ++i) Feed(frame);
  EXPECT_FALSE(session_.wants_input());
  EXPECT_LT(session_.buffered_bytes(), 2 * kMaxStrangerBytes + frame.size());
  EXPECT_THAT(TakeMedia(), IsEmpty());
}

TEST_F(SessionStrangerTest, IsCountedByTheMessageToo) {
  FeedRequest();
  const Bytes first = client_.Send(MessageType::kAudio, 4, 1, {0xAF});
  Bytes many = first;
  for (int i = 0; i < 20'000; ++i) many.insert(many.end(), {0xC4, 0xAF});  // 2 bytes a message
  Feed(many);
  EXPECT_FALSE(session_.wants_input());
  EXPECT_LT(session_.buffered_bytes(), 2 * kMaxStrangerBytes);
  session_.AcceptPublish(kStart);
  Feed({});
  EXPECT_THAT(TakeMedia(), SizeIs(20'001));
}

TEST_F(SessionStrangerTest, LosesNothingOfWhatItSentBeforeTheDecision) {
  FeedRequest();
  Feed(client_.SetChunkSize(1 << 20));
  // A key frame that is larger than a stranger's message may be, in pieces, and what follows it.
  const Bytes key_frame = Frame(300'000);
  Feed(ByteView(key_frame).first(200'000));
  Feed(ByteView(key_frame).subspan(200'000));
  Feed(Frame(1000));
  EXPECT_FALSE(session_.wants_input());
  session_.AcceptPublish(kStart);
  EXPECT_TRUE(session_.key_accepted());
  Feed({});
  EXPECT_TRUE(session_.wants_input());
  Feed(Frame(2000));
  const auto media = TakeMedia();
  ASSERT_THAT(media, SizeIs(3));
  EXPECT_THAT(media[0].payload, SizeIs(300'000));
  EXPECT_THAT(media[1].payload, SizeIs(1000));
  EXPECT_THAT(media[2].payload, SizeIs(2000));
}

TEST_F(SessionStrangerTest, IsNoneAnyMoreOnceItsKeyIsAccepted) {
  FeedPublish();
  Feed(client_.SetChunkSize(1 << 20));
  for (int i = 0; i < 3; ++i) Feed(Frame(1 << 20));
  EXPECT_THAT(TakeMedia(), SizeIs(3));
  Feed(client_.Command({"deleteStream", 0, amf::Null{}, 1}));
  TakeEnd();
  Feed(Frame(1 << 20));
  EXPECT_FALSE(session_.finished());
}

TEST_F(SessionStrangerTest, FindsAnErrorInWhatWasPutAside) {
  FeedRequest();
  Feed(client_.SetChunkSize(1 << 20));
  for (int i = 0; i < 3; ++i) Feed(Frame(60'000));
  Feed(client_.Control(MessageType::kSetChunkSize, 0));
  session_.AcceptPublish(kStart);
  const auto received = session_.Receive({}, kStart);
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kMalformed);
  const auto events = session_.TakeEvents();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(std::get<PublishEnd>(events[3]).cause, PublishEnd::Cause::kProtocolError);
}

TEST_F(SessionStrangerTest, ForgetsWhatWasPutAsideWhenItIsRefused) {
  FeedRequest();
  Feed(client_.SetChunkSize(1 << 20));
  for (int i = 0; i < 3; ++i) Feed(Frame(60'000));
  session_.RefusePublish({.code = "NetStream.Publish.BadName", .description = "no"});
  EXPECT_TRUE(session_.finished());
  EXPECT_THAT(session_.TakeEvents(), IsEmpty());
  EXPECT_EQ(StatusCode(Replies().at(0)), "NetStream.Publish.BadName");
}

}  // namespace
}  // namespace ingress::rtmp
