#include "rtmp/ack_window.h"

#include <gtest/gtest.h>

namespace ingress::rtmp {
namespace {

TEST(AckWindowTest, AcknowledgesByItselfEachDefaultWindow) {
  AckWindow window;
  EXPECT_EQ(window.OnReceived(2'499'999), std::nullopt);
  EXPECT_EQ(window.OnReceived(1), 2'500'000u);
  EXPECT_EQ(window.OnReceived(2'499'999), std::nullopt);
  EXPECT_EQ(window.OnReceived(2), 5'000'001u);
}

TEST(AckWindowTest, FollowsThePeersWindowDownToALimit) {
  AckWindow window;
  window.SetSize(100'000);
  EXPECT_EQ(window.OnReceived(100'000), 100'000u);
  window.SetSize(1);
  EXPECT_EQ(window.OnReceived(65'535), std::nullopt);
  EXPECT_EQ(window.OnReceived(1), 165'536u);
}

TEST(AckWindowTest, RestartsTheCounterBefore32BitsAreFull) {
  AckWindow window;
  window.OnReceived(0xF0000000u - 10);
  EXPECT_EQ(window.OnReceived(2'500'010), 2'500'000u);
}

}  // namespace
}  // namespace ingress::rtmp
