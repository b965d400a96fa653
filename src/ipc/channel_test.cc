#include "ipc/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "ipc/test_loop.h"

namespace ingress::ipc {
namespace {

using namespace std::chrono_literals;

ToHandler JobMessage(std::string token) {
  ToHandler message;
  message.mutable_job()->set_token(std::move(token));
  message.mutable_job()->mutable_info()->set_ingress_id("IN_1");
  return message;
}

FromHandler FinishedMessage(std::string code) {
  FromHandler message;
  message.mutable_finished()->set_code(std::move(code));
  return message;
}

class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest() {
    std::array<int, 2> pair{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    left_ = UniqueFd(pair[0]);
    right_ = UniqueFd(pair[1]);
  }

  testing::TestLoop loop_;
  UniqueFd left_;
  UniqueFd right_;
};

TEST_F(ChannelTest, CarriesMessagesBothWays) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_));
  ASSERT_TRUE(loop_.Await(service.Send(JobMessage("secret"))));
  const auto job = loop_.Await(handler.Receive());
  ASSERT_TRUE(job);
  EXPECT_EQ(job->job().token(), "secret");
  EXPECT_EQ(job->job().info().ingress_id(), "IN_1");

  ASSERT_TRUE(loop_.Await(handler.Send(FinishedMessage("room_gone"))));
  const auto finished = loop_.Await(service.Receive());
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->finished().code(), "room_gone");
}

TEST_F(ChannelTest, KeepsTheOrderOfOverlappingSends) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_));
  // The first fills the socket, so that the others find a write under way.
  const auto first = loop_.Start(service.Send(JobMessage(std::string(900'000, 'a'))));
  const auto second = loop_.Start(service.Send(JobMessage("b")));
  const auto third = loop_.Start(service.Send(JobMessage("c")));
  EXPECT_EQ(loop_.Await(handler.Receive())->job().token().size(), 900'000U);
  EXPECT_EQ(loop_.Await(handler.Receive())->job().token(), "b");
  EXPECT_EQ(loop_.Await(handler.Receive())->job().token(), "c");
  EXPECT_TRUE(loop_.Await(first));
  EXPECT_TRUE(loop_.Await(second));
  EXPECT_TRUE(loop_.Await(third));
}

TEST_F(ChannelTest, CarriesAttachments) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_));
  const Bytes media(500'000, 7);
  const auto large = loop_.Start(service.Send(JobMessage("a"), Share(media)));
  const auto small = loop_.Start(service.Send(JobMessage("b"), Share({1, 2})));
  const auto none = loop_.Start(service.Send(JobMessage("c")));
  EXPECT_EQ(loop_.Await(handler.ReceiveAll())->attachment, media);
  const auto received = loop_.Await(handler.ReceiveAll());
  EXPECT_EQ(received->message.job().token(), "b");
  EXPECT_EQ(received->attachment, (Bytes{1, 2}));
  EXPECT_EQ(loop_.Await(handler.Receive())->job().token(), "c");
}

TEST_F(ChannelTest, ReportsAPeerThatIsGone) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  right_.Reset();
  const auto received = loop_.Await(service.Receive());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kClosed);
  const auto sent = loop_.Await(service.Send(JobMessage("x")));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kClosed);
}

TEST_F(ChannelTest, DeliversThePeersLastWordsAfterASendFailed) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  {
    HandlerChannel handler(loop_.executor(), std::move(right_));
    ASSERT_TRUE(loop_.Await(handler.Send(FinishedMessage("crashed"))));
  }
  EXPECT_FALSE(loop_.Await(service.Send(JobMessage("x"))));
  const auto received = loop_.Await(service.Receive());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->finished().code(), "crashed");
}

TEST_F(ChannelTest, GivesUpOnAPeerThatTakesNothing) {
  ServiceChannel service(loop_.executor(), std::move(left_), {.send = 100ms});
  const auto stuck = loop_.Start(service.Send(JobMessage(std::string(900'000, 'a'))));
  const auto waiting = loop_.Start(service.Send(JobMessage("b")));
  EXPECT_EQ(loop_.Await(stuck).error().code, ErrorCode::kTimeout);
  EXPECT_EQ(loop_.Await(waiting).error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(loop_.Await(service.Receive()));
}

TEST_F(ChannelTest, BoundsWhatWaitsToBeSent) {
  ServiceChannel service(loop_.executor(), std::move(left_), {.send = 5s, .outbox = 2000});
  HandlerChannel handler(loop_.executor(), std::move(right_));
  const auto writing = loop_.Start(service.Send(JobMessage(std::string(1900, 'a'))));
  EXPECT_TRUE(loop_.Await(writing));
  const auto refused = loop_.Await(service.Send(JobMessage(std::string(2000, 'a'))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(ChannelTest, RefusesAMessageAboveTheFrameLimit) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  const auto sent = loop_.Await(service.Send(JobMessage(std::string(kMaxFrameSize, 'a'))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(ChannelTest, RefusesWhatItCannotRead) {
  struct Case {
    const char* name;
    Bytes bytes;
    ErrorCode code;
  };
  const Case cases[] = {
      {"no protobuf", {0, 0, 0, 2, 0, 0, 0, 0, 0x0a, 0x7f}, ErrorCode::kMalformed},
      {"lying length", {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, ErrorCode::kLimitExceeded},
      {"cut inside a frame", {0, 0, 0, 9, 0, 0, 0, 0, 1}, ErrorCode::kMalformed},
      {"cut inside an attachment", {0, 0, 0, 0, 0, 0, 0, 9, 1}, ErrorCode::kMalformed},
      {"cut inside a header", {0, 0}, ErrorCode::kMalformed},
  };
  for (const Case& c : cases) {
    std::array<int, 2> pair{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    UniqueFd raw(pair[1]);
    ServiceChannel service(loop_.executor(), UniqueFd(pair[0]));
    ASSERT_EQ(write(raw.get(), c.bytes.data(), c.bytes.size()),
              static_cast<ssize_t>(c.bytes.size()));
    raw.Reset();
    const auto received = loop_.Await(service.Receive());
    ASSERT_FALSE(received) << c.name;
    EXPECT_EQ(received.error().code, c.code) << c.name;
  }
}

TEST_F(ChannelTest, EndsAPendingReceiveWhenClosed) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  const auto pending = loop_.Start(service.Receive());
  loop_.io().poll();
  EXPECT_FALSE(*pending);
  service.Close();
  EXPECT_EQ(loop_.Await(pending).error().code, ErrorCode::kClosed);
}

}  // namespace
}  // namespace ingress::ipc
