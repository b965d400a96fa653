#include "livekit/audience.h"

#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

using Info = ::livekit::ParticipantInfo;

Info Participant(const std::string& sid, Info::State state = Info::ACTIVE, bool watches = true) {
  Info info;
  info.set_sid(sid);
  info.set_state(state);
  info.mutable_permission()->set_can_subscribe(watches);
  return info;
}

::livekit::JoinResponse Join(const std::vector<Info>& others) {
  ::livekit::JoinResponse join;
  join.mutable_participant()->set_sid("PA_self");
  for (const Info& other : others) *join.add_other_participants() = other;
  return join;
}

::livekit::ParticipantUpdate Update(const Info& info) {
  ::livekit::ParticipantUpdate update;
  *update.add_participants() = info;
  return update;
}

TEST(AudienceTest, AnEmptyRoomHasNone) {
  Audience audience;
  EXPECT_FALSE(audience.present());
  audience.OnJoin(Join({}));
  EXPECT_FALSE(audience.present());
  audience.OnUpdate(Update(Participant("PA_self")));
  EXPECT_FALSE(audience.present());
}

TEST(AudienceTest, WhoIsThereAlreadyCounts) {
  Audience audience;
  audience.OnJoin(Join({Participant("PA_viewer")}));
  EXPECT_TRUE(audience.present());
}

TEST(AudienceTest, WhoMayNotSubscribeIsNone) {
  Audience audience;
  audience.OnJoin(Join({Participant("PA_camera", Info::ACTIVE, false)}));
  EXPECT_FALSE(audience.present());
  audience.OnUpdate(Update(Participant("PA_camera")));
  EXPECT_TRUE(audience.present()) << "was allowed to";
}

TEST(AudienceTest, FollowsWhoComesAndGoes) {
  Audience audience;
  audience.OnJoin(Join({}));
  audience.OnUpdate(Update(Participant("PA_viewer", Info::JOINED)));
  EXPECT_TRUE(audience.present());
  audience.OnUpdate(Update(Participant("PA_other", Info::DISCONNECTED)));
  EXPECT_TRUE(audience.present());
  audience.OnUpdate(Update(Participant("PA_viewer", Info::DISCONNECTED)));
  EXPECT_FALSE(audience.present());
}

TEST(AudienceTest, ANewSessionBeginsAnew) {
  Audience audience;
  audience.OnJoin(Join({Participant("PA_viewer")}));
  audience.OnJoin(Join({}));
  EXPECT_FALSE(audience.present());
}

}  // namespace
}  // namespace ingress::livekit
