#include "rtmp/publish_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtmp {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::VariantWith;

MediaMessage Media(std::size_t size = 1) { return {.payload = Bytes(size)}; }

TEST(PublishGateTest, HoldsMediaUntilTheDecision) {
  PublishGate gate;
  gate.Request({});
  EXPECT_THAT(gate.TakeEvents(), ElementsAre(VariantWith<PublishRequest>(_)));
  gate.OnMedia(Media());
  gate.OnMedia(Media());
  EXPECT_THAT(gate.TakeEvents(), IsEmpty());
  EXPECT_TRUE(gate.Accept());
  EXPECT_THAT(gate.TakeEvents(), SizeIs(2));
  gate.OnMedia(Media());
  EXPECT_THAT(gate.TakeEvents(), ElementsAre(VariantWith<MediaMessage>(_)));
}

TEST(PublishGateTest, DropsHeldMediaOfARefusedPublish) {
  PublishGate gate;
  gate.Request({});
  gate.OnMedia(Media());
  gate.Refuse();
  gate.OnMedia(Media());
  gate.End(PublishEnd::Cause::kDisconnected, "");
  EXPECT_THAT(gate.TakeEvents(), ElementsAre(VariantWith<PublishRequest>(_)));
  EXPECT_TRUE(gate.idle());
}

TEST(PublishGateTest, IsFullWhenMuchMediaWaits) {
  PublishGate gate;
  gate.Request({});
  gate.OnMedia(Media(kMaxHeldMediaBytes - 1000));
  EXPECT_FALSE(gate.full());
  gate.OnMedia(Media(1000));
  EXPECT_TRUE(gate.full());
  gate.Accept();
  EXPECT_FALSE(gate.full());
}

TEST(PublishGateTest, CountsEmptyMessagesToo) {
  PublishGate gate;
  gate.Request({});
  for (std::size_t i = 0; i < kMaxHeldMediaBytes / sizeof(MediaMessage); ++i) {
    gate.OnMedia(Media(0));
  }
  gate.OnMedia(Media(0));
  EXPECT_TRUE(gate.full());
}

TEST(PublishGateTest, EndsALivePublishOnce) {
  PublishGate gate;
  gate.Request({});
  gate.Accept();
  gate.TakeEvents();
  gate.End(PublishEnd::Cause::kUnpublished, "a");
  gate.End(PublishEnd::Cause::kDisconnected, "b");
  const auto events = gate.TakeEvents();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(std::get<PublishEnd>(events[0]).cause, PublishEnd::Cause::kUnpublished);
}

TEST(PublishGateTest, EndsAPublishThatWasOverBeforeItWasAccepted) {
  PublishGate gate;
  gate.Request({});
  gate.OnMedia(Media());
  gate.End(PublishEnd::Cause::kDisconnected, "");
  EXPECT_THAT(gate.TakeEvents(), SizeIs(1));
  EXPECT_FALSE(gate.active());
  EXPECT_TRUE(gate.pending());
  EXPECT_FALSE(gate.Accept());
  EXPECT_THAT(gate.TakeEvents(), ElementsAre(VariantWith<PublishEnd>(_)));
  EXPECT_TRUE(gate.idle());
}

}  // namespace
}  // namespace ingress::rtmp
