#include "rtc/feedback_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "base/bytes.h"

namespace ingress::rtc {
namespace {

constexpr Bytes::size_type kSrtcpTrailer = 4 + 16;

UniqueFd BoundToLoopback() {
  UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

class FeedbackSocketTest : public testing::Test {
 protected:
  void SendToPort(const Bytes& datagram) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(getsockname(port_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    ASSERT_EQ(sendto(peer_.get(), datagram.data(), datagram.size(), 0,
                     reinterpret_cast<const sockaddr*>(&address), size),
              static_cast<ssize_t>(datagram.size()));
  }

  /// Loopback delivers within the call that sends.
  Bytes FromPort() {
    std::array<std::uint8_t, 100> buffer{};
    const ssize_t size = recv(port_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.begin(), buffer.begin() + (size > 0 ? size : 0)};
  }

  Bytes FromFeedback() {
    std::array<std::uint8_t, 100> buffer{};
    const std::size_t size = feedback_->Receive(buffer);
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)};
  }

  UniqueFd port_ = BoundToLoopback();
  UniqueFd peer_ = BoundToLoopback();
  std::optional<FeedbackSocket> feedback_ = FeedbackSocket::OpenFor(port_.get());
};

/// An RTCP packet whose header counts three words behind itself, and what SRTCP adds.
Bytes Protected(std::uint8_t first, std::uint8_t type, Bytes::size_type trailer = kSrtcpTrailer) {
  Bytes packet{first, type, 0, 3};
  packet.resize(4 + 12 + trailer);
  return packet;
}

TEST_F(FeedbackSocketTest, TakesTransportFeedbackThatIsAlone) {
  ASSERT_TRUE(feedback_);
  const Bytes feedback = Protected(0x8f, 205);
  SendToPort(feedback);
  EXPECT_EQ(FromFeedback(), feedback);
  EXPECT_EQ(FromFeedback(), Bytes{});
  EXPECT_EQ(FromPort(), Bytes{});
}

TEST_F(FeedbackSocketTest, LeavesEverythingElseToThePort) {
  ASSERT_TRUE(feedback_);
  const std::array<Bytes, 6> others{Protected(0x8f, 205, kSrtcpTrailer + 1),  // not alone
                                    Protected(0x81, 205),                     // a NACK
                                    Protected(0x8f, 206),                     // REMB
                                    Protected(0x00, 0x01),                    // STUN
                                    Bytes{0x8f, 205, 0},                      // cut off
                                    Bytes{0x8f}};
  for (const Bytes& other : others) {
    SendToPort(other);
    EXPECT_EQ(FromPort(), other);
    EXPECT_EQ(FromFeedback(), Bytes{});
  }
}

TEST_F(FeedbackSocketTest, LeavesThePortAsItWas) {
  feedback_.reset();
  const Bytes feedback = Protected(0x8f, 205);
  SendToPort(feedback);
  EXPECT_EQ(FromPort(), feedback);
}

TEST_F(FeedbackSocketTest, CanTakeTheNextOnesPlace) {
  feedback_.reset();
  feedback_ = FeedbackSocket::OpenFor(port_.get());
  ASSERT_TRUE(feedback_);
  const Bytes feedback = Protected(0x8f, 205);
  SendToPort(feedback);
  EXPECT_EQ(FromFeedback(), feedback);
}

}  // namespace
}  // namespace ingress::rtc
