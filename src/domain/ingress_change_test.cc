#include "domain/ingress_change.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

::livekit::IngressInfo Ingress() {
  ::livekit::IngressInfo info;
  info.set_ingress_id("IN_1");
  info.set_room_name("studio");
  info.set_participant_identity("cam");
  info.set_participant_name("Camera");
  info.set_enable_transcoding(true);
  return info;
}

TEST(IngressChangeTest, AnEmptyRequestChangesNothing) {
  const auto after = Apply(Ingress(), {});
  EXPECT_EQ(after.SerializeAsString(), Ingress().SerializeAsString());
  EXPECT_EQ(Compare(Ingress(), after), IngressChange::kNone);
}

TEST(IngressChangeTest, NameAndMetadataAreToldToTheRoom) {
  ::livekit::UpdateIngressRequest request;
  request.set_name("label");
  EXPECT_EQ(Compare(Ingress(), Apply(Ingress(), request)), IngressChange::kNone);
  request.set_participant_name("Other");
  request.set_participant_metadata("{}");
  const auto after = Apply(Ingress(), request);
  EXPECT_EQ(after.participant_name(), "Other");
  EXPECT_EQ(after.participant_metadata(), "{}");
  EXPECT_EQ(Compare(Ingress(), after), IngressChange::kLive);
}

TEST(IngressChangeTest, RoomIdentityAndEncodingNeedAnotherJoin) {
  ::livekit::UpdateIngressRequest room;
  room.set_room_name("other");
  EXPECT_EQ(Compare(Ingress(), Apply(Ingress(), room)), IngressChange::kRejoin);
  ::livekit::UpdateIngressRequest video;
  video.mutable_video()->set_preset(::livekit::H264_720P_30FPS_1_LAYER);
  EXPECT_EQ(Compare(Ingress(), Apply(Ingress(), video)), IngressChange::kRejoin);
}

TEST(IngressChangeTest, DisablingEndsTheSession) {
  ::livekit::UpdateIngressRequest request;
  request.set_enabled(false);
  request.set_room_name("other");
  EXPECT_EQ(Compare(Ingress(), Apply(Ingress(), request)), IngressChange::kEnd);
}

TEST(IngressChangeTest, TheStoredStateAndTheKeyAreNoSettings) {
  auto after = Ingress();
  after.mutable_state()->set_status(::livekit::IngressState::ENDPOINT_PUBLISHING);
  after.set_stream_key("k");
  EXPECT_EQ(Compare(Ingress(), after), IngressChange::kNone);
}

}  // namespace
}  // namespace ingress
