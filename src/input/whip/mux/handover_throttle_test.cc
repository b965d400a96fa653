#include "input/whip/mux/handover_throttle.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;

stun::TransportAddress Remote(std::uint16_t port) {
  return {.ip = ParseIpAddress("192.0.2.1").value(), .port = port};
}

TEST(HandoverThrottleTest, GivesAnAddressOneSocketWhileItSettles) {
  HandoverThrottle throttle;
  TimePoint now{1h};
  EXPECT_TRUE(throttle.Allow(1, Remote(1), now));
  EXPECT_FALSE(throttle.Allow(1, Remote(1), now + 499ms));
  EXPECT_TRUE(throttle.Allow(1, Remote(2), now + 499ms));
  EXPECT_TRUE(throttle.Allow(1, Remote(1), now + 500ms));  // its socket may have been closed
}

TEST(HandoverThrottleTest, GivesASessionSoManyAtOnce) {
  HandoverThrottle throttle;
  TimePoint now{1h};
  for (std::uint16_t port = 0; port < HandoverThrottle::kPerSession; ++port) {
    EXPECT_TRUE(throttle.Allow(1, Remote(port), now));
  }
  EXPECT_FALSE(throttle.Allow(1, Remote(1000), now + 1999ms));
  EXPECT_TRUE(throttle.Allow(2, Remote(1000), now + 1999ms));
  EXPECT_TRUE(throttle.Allow(1, Remote(1001), now + 2s));
}

TEST(HandoverThrottleTest, RemembersALimitedNumber) {
  HandoverThrottle throttle;
  const TimePoint now{1h};
  for (std::size_t i = 0; i < HandoverThrottle::kMaxRemembered; ++i) {
    EXPECT_TRUE(throttle.Allow(i, Remote(static_cast<std::uint16_t>(i)), now));
  }
  EXPECT_FALSE(throttle.Allow(1'000'000, Remote(60'000), now));
  EXPECT_TRUE(throttle.Allow(1'000'000, Remote(60'000), now + HandoverThrottle::kWindow));
}

}  // namespace
}  // namespace ingress::input
