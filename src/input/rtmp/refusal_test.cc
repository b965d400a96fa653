#include "input/rtmp/refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using ::testing::AnyOf;

TEST(RtmpRefusalTest, SaysEveryFailureInACodeThatEncodersStopOn) {
  for (const FailureTraits& traits : AllFailures()) {
    EXPECT_THAT(std::string(RtmpStatusOf(traits.code)),
                AnyOf("NetStream.Publish.BadName", "NetStream.Publish.Denied",
                      "NetStream.Publish.Rejected", "NetStream.Failed"))
        << traits.name;
  }
}

TEST(RtmpRefusalTest, BlamesTheKeyWhereItIsWrong) {
  const rtmp::Refusal refusal = RtmpRefusal(Failure(FailureCode::kUnknownStreamKey));
  EXPECT_EQ(refusal.code, "NetStream.Publish.BadName");
  EXPECT_EQ(refusal.description, Failure(FailureCode::kUnknownStreamKey).Message());
}

}  // namespace
}  // namespace ingress::input
