#include "whip_transport/liveness.h"

#include <gtest/gtest.h>

namespace ingress::whip_transport {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

class LivenessTest : public testing::Test {
 protected:
  void ConnectAt(TimePoint now) {
    liveness_.OnIce(now);
    liveness_.OnAuthentic(now);
    liveness_.OnDtls(now);
  }

  Liveness liveness_{kStart};
};

TEST_F(LivenessTest, WaitsForTheClientsFirstRequest) {
  EXPECT_EQ(liveness_.deadline(kStart), kStart + 10s);
  EXPECT_EQ(liveness_.Expired(kStart + 9999ms), std::nullopt);
  EXPECT_EQ(liveness_.Expired(kStart + 10s), End::kNoIce);
  EXPECT_FALSE(liveness_.Silent(kStart + 10s));
  EXPECT_EQ(liveness_.ice_after(), std::nullopt);
}

TEST_F(LivenessTest, GivesTheHandshakeItsOwnTime) {
  liveness_.OnIce(kStart + 9s);
  liveness_.OnIce(kStart + 12s);  // a later request buys no time
  EXPECT_EQ(liveness_.deadline(kStart + 9s), kStart + 19s);
  EXPECT_EQ(liveness_.Expired(kStart + 18s), std::nullopt);
  EXPECT_EQ(liveness_.Expired(kStart + 19s), End::kNoDtls);
  EXPECT_EQ(liveness_.ice_after(), 9s);
  EXPECT_EQ(liveness_.dtls_after(), std::nullopt);
}

TEST_F(LivenessTest, TellsSilenceBeforeItEnds) {
  ConnectAt(kStart + 1s);
  EXPECT_EQ(liveness_.dtls_after(), 1s);
  liveness_.OnAuthentic(kStart + 2s);
  EXPECT_EQ(liveness_.deadline(kStart + 2s), kStart + 7s);
  EXPECT_FALSE(liveness_.Silent(kStart + 6999ms));
  EXPECT_TRUE(liveness_.Silent(kStart + 7s));
  EXPECT_EQ(liveness_.deadline(kStart + 7s), kStart + 32s);
  EXPECT_EQ(liveness_.Expired(kStart + 31999ms), std::nullopt);
  EXPECT_EQ(liveness_.Expired(kStart + 32s), End::kSilent);
}

TEST_F(LivenessTest, IsBackWithAnyAuthenticPacket) {
  ConnectAt(kStart + 1s);
  EXPECT_TRUE(liveness_.Silent(kStart + 20s));
  liveness_.OnAuthentic(kStart + 20s);
  EXPECT_FALSE(liveness_.Silent(kStart + 20s));
  EXPECT_EQ(liveness_.deadline(kStart + 20s), kStart + 25s);
}

}  // namespace
}  // namespace ingress::whip_transport
