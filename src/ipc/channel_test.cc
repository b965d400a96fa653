#include "ipc/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "ipc/descriptor.h"
#include "ipc/testing/test_loop.h"

namespace ingress::ipc {
namespace {

using namespace std::chrono_literals;

ToHandler JobMessage(std::string token) {
  ToHandler message;
  message.mutable_job()->set_token(std::move(token));
  message.mutable_job()->mutable_info()->set_ingress_id("IN_1");
  return message;
}

FromHandler FinishedMessage(std::string cause) {
  FromHandler message;
  message.mutable_finished()->set_cause(std::move(cause));
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
  EXPECT_EQ(finished->finished().cause(), "room_gone");
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

/// One end of a pipe, and that something written to it can be read at the other.
class PipeEnds {
 public:
  PipeEnds() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reading_ = UniqueFd(ends[0]);
    writing_ = UniqueFd(ends[1]);
  }

  UniqueFd TakeWriting() { return std::move(writing_); }

  /// Whether `descriptor` is the writing end, or a copy of it.
  bool IsWritten(const UniqueFd& descriptor) const {
    char letter = 'x';
    if (!descriptor || write(descriptor.get(), &letter, 1) != 1) return false;
    letter = 0;
    return read(reading_.get(), &letter, 1) == 1 && letter == 'x';
  }

 private:
  UniqueFd reading_;
  UniqueFd writing_;
};

constexpr FrameSocket::Limits kTakesDescriptors{.descriptors = true};

TEST_F(ChannelTest, CarriesDescriptorsWithTheirMessages) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_), kTakesDescriptors);
  PipeEnds first;
  PipeEnds second;
  const auto plain = loop_.Start(service.Send(JobMessage("a")));
  const auto one = loop_.Start(service.Send(JobMessage("b"), Share({1}), first.TakeWriting()));
  const auto two = loop_.Start(service.Send(JobMessage("c"), {}, second.TakeWriting()));
  const auto last = loop_.Start(service.Send(JobMessage("d")));

  EXPECT_FALSE(loop_.Await(handler.ReceiveAll())->descriptor);
  const auto received = loop_.Await(handler.ReceiveAll());
  EXPECT_EQ(received->message.job().token(), "b");
  EXPECT_EQ(received->attachment, Bytes{1});
  EXPECT_TRUE(first.IsWritten(received->descriptor));
  EXPECT_NE(fcntl(received->descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_TRUE(second.IsWritten(loop_.Await(handler.ReceiveAll())->descriptor));
  EXPECT_FALSE(loop_.Await(handler.ReceiveAll())->descriptor);
  EXPECT_TRUE(loop_.Await(plain) && loop_.Await(one) && loop_.Await(two) && loop_.Await(last));
}

TEST_F(ChannelTest, CarriesDescriptorsThroughASocketThatIsFull) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_), kTakesDescriptors);
  PipeEnds ends;
  const auto large = loop_.Start(service.Send(JobMessage(std::string(900'000, 'a'))));
  loop_.io().poll();
  const auto small =
      loop_.Start(service.Send(JobMessage("b"), Share(Bytes(900'000, 7)), ends.TakeWriting()));
  EXPECT_EQ(loop_.Await(handler.ReceiveAll())->message.job().token().size(), 900'000U);
  const auto received = loop_.Await(handler.ReceiveAll());
  EXPECT_EQ(received->attachment.size(), 900'000U);
  EXPECT_TRUE(ends.IsWritten(received->descriptor));
  EXPECT_TRUE(loop_.Await(large) && loop_.Await(small));
}

TEST_F(ChannelTest, TakesNoDescriptorsUnlessItIsToldTo) {
  ServiceChannel service(loop_.executor(), std::move(left_));
  HandlerChannel handler(loop_.executor(), std::move(right_));
  PipeEnds ends;
  const auto sent = loop_.Start(service.Send(JobMessage("a"), {}, ends.TakeWriting()));
  const auto received = loop_.Await(handler.ReceiveAll());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(loop_.Await(sent));
}

TEST_F(ChannelTest, BoundsTheDescriptorsThatCome) {
  HandlerChannel handler(loop_.executor(), std::move(right_), kTakesDescriptors);
  // Three bytes of a header, each with a descriptor.
  for (int i = 0; i < 3; ++i) {
    const std::uint8_t byte = 0;
    boost::system::error_code error;
    PipeEnds ends;
    EXPECT_EQ(WriteWithDescriptor(left_.get(), {&byte, 1}, ends.TakeWriting().get(), error), 1U);
  }
  const auto received = loop_.Await(handler.ReceiveAll());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kLimitExceeded);
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
  EXPECT_EQ(received->finished().cause(), "crashed");
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
