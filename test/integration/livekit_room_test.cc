#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/sfu_room.h"

namespace ingress::livekit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = ::livekit::SignalRequest;

TEST_F(RoomTest, JoinsWithItsTokenInTheHeader) {
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_TRUE(joined.has_value()) << joined.error().context;
  EXPECT_EQ(joined->room_sid, "RM_1");
  EXPECT_EQ(joined->participant_sid, "PA_1");
  EXPECT_EQ(joined->server_version, "1.13.5");
  EXPECT_THAT(joined->publish_codecs, ElementsAre("audio/opus", "video/H264", "video/VP8"));
  EXPECT_THAT(sfu_.targets,
              ElementsAre(AllOf(StartsWith("/rtc?protocol=17&sdk=cpp"),
                                HasSubstr("auto_subscribe=0"), Not(HasSubstr("access_token")))));
  EXPECT_THAT(sfu_.authorizations, ElementsAre("Bearer " + token_));
  Await([this] { return sfu_.Count(Kind::kUpdateMetadata) == 1; });
}

TEST_F(RoomTest, BringsTheTransportUpWhenNoTrackComes) {
  Join();
  Await([this] { return sfu_.peer()->connected(); });
  EXPECT_EQ(ready_, 0);
  Publish(ThreeLayers(), Stereo());
  EXPECT_EQ(ready_, 1);
  EXPECT_TRUE(sfu_.peer()->offer().sections.at(0).inactive);
}

TEST_F(RoomTest, EndsForGoodWhenTheServerSaysSo) {
  JoinAndPublish();
  ::livekit::SignalResponse response;
  response.mutable_leave()->set_reason(::livekit::ROOM_DELETED);
  response.mutable_leave()->set_action(::livekit::LeaveRequest::DISCONNECT);
  sfu_.Send(response);
  Await([this] { return end_.has_value(); });
  EXPECT_EQ(end_->reason, ::livekit::ROOM_DELETED);
  EXPECT_FALSE(end_->retryable);
  EXPECT_EQ(end_->detail, "the room was deleted");
  EXPECT_EQ(sfu_.resumes, 0);
  EXPECT_EQ(sfu_.joins, 1);
  const auto late = Run(room_->Publish(std::nullopt, Stereo()));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kClosed);
}

TEST_F(RoomTest, SaysGoodbyeAndWaitsForTheEcho) {
  JoinAndPublish();
  Run(room_->Leave());
  EXPECT_EQ(sfu_.Count(Kind::kLeave), 1);
  EXPECT_EQ(sfu_.requests.back().leave().reason(), ::livekit::CLIENT_INITIATED);
  EXPECT_FALSE(end_.has_value());
  Await([this] { return !sfu_.connected(); });
}

TEST_F(RoomTest, ClosesTheConnectionWhenLetGoWithoutGoodbye) {
  JoinAndPublish();
  room_.reset();
  Await([this] { return !sfu_.connected(); });
  EXPECT_FALSE(end_.has_value());
}

TEST_F(RoomTest, TellsTheRefusalWithoutTheToken) {
  sfu_.script.refuse_status = 401;
  sfu_.script.refuse_body = "invalid token: " + token_ + ", error: no permissions for devkey";
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(joined.error().context,
            "join: signal: HTTP 401: invalid token: [redacted], error: no permissions for "
            "[redacted]");
}

TEST_F(RoomTest, AsksForTheReasonOfAWordlessRefusal) {
  sfu_.script.refuse_status = 404;
  sfu_.script.validate_body = "requested room does not exist";
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(joined.error().context, HasSubstr("requested room does not exist"));
  EXPECT_THAT(sfu_.targets, ElementsAre(StartsWith("/rtc?"), StartsWith("/rtc/validate?")));
}

TEST_F(RoomTest, ReportsAServerThatIsNotThere) {
  MakeRoom();
  room_ = Room::Make(
      io_.get_executor(),
      {.url = "ws://127.0.0.1:1", .token = token_, .attributes = {}, .clock = clock_}, {});
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kUnavailable);
}

TEST_F(RoomTest, ReportsTracksThatTheGrantForbids) {
  sfu_.script.refuse_tracks = true;
  Join();
  const auto published = Run(room_->Publish(ThreeLayers(), std::nullopt));
  ASSERT_FALSE(published.has_value());
  EXPECT_EQ(published.error().code, ErrorCode::kUnauthorized);
  EXPECT_THAT(published.error().context, HasSubstr("NOT_ALLOWED"));
}

TEST_F(RoomTest, ReportsACodecThatTheRoomDoesNotTake) {
  sfu_.script.publish_codecs = {"audio/opus", "video/VP8"};
  Join();
  const auto published = Run(room_->Publish(ThreeLayers(), Stereo()));
  ASSERT_FALSE(published.has_value());
  EXPECT_EQ(published.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(sfu_.Count(Kind::kAddTrack), 0);
}

}  // namespace
}  // namespace ingress::livekit
