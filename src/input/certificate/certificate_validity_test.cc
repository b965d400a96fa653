#include "input/certificate/certificate_validity.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;

constexpr WallClock::time_point kNow{std::chrono::hours(500'000)};
constexpr CertificateValidity kValid{kNow - 24h, kNow + 24h};
constexpr CertificateValidity kExpired{kNow - 48h, kNow};
constexpr CertificateValidity kFuture{kNow + 1h, kNow + 48h};

TEST(CertificateValidityTest, SaysWhatIsWrong) {
  EXPECT_EQ(WhyNotValid(kValid, kNow), "");
  EXPECT_EQ(WhyNotValid(kExpired, kNow), "out of date since 2027-01-15T08:00:00Z");
  EXPECT_EQ(WhyNotValid(kFuture, kNow), "not valid before 2027-01-15T09:00:00Z");
}

TEST(CertificateValidityTest, AValidOneStaysUntilThereIsAnother) {
  EXPECT_EQ(WhyKeep(kValid, {kNow - 1h, kNow + 1h}, kNow), "");
  EXPECT_NE(WhyKeep(kValid, kExpired, kNow), "");
  EXPECT_NE(WhyKeep(kValid, kFuture, kNow), "");
  EXPECT_EQ(WhyKeep(kValid, kFuture, kNow + 1h), "") << "its time has come";
}

TEST(CertificateValidityTest, OneThatIsNotValidGivesWayToAny) {
  EXPECT_EQ(WhyKeep(kExpired, kExpired, kNow), "");
  EXPECT_EQ(WhyKeep(kExpired, kFuture, kNow), "");
  EXPECT_EQ(WhyKeep(kFuture, kExpired, kNow), "");
}

}  // namespace
}  // namespace ingress::input
