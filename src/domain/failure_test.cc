#include "domain/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace ingress {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

TEST(FailureCatalogueTest, SaysCauseAndRemedyOfEveryFailure) {
  std::set<std::string_view> names;
  for (const FailureTraits& traits : AllFailures()) {
    SCOPED_TRACE(traits.name);
    EXPECT_TRUE(names.insert(traits.name).second);
    EXPECT_THAT(std::string(traits.name), MatchesRegex("[a-z]+(_[a-z]+)*"));
    EXPECT_FALSE(traits.cause.empty());
    EXPECT_THAT(traits.cause, Not(EndsWith(".")));  // a detail may follow in parentheses
    EXPECT_THAT(traits.remedy, EndsWith("."));
    EXPECT_EQ(FailureCodeOf(static_cast<std::uint32_t>(traits.code)), traits.code);
    EXPECT_EQ(Failure(traits.code).name(), traits.name);
  }
}

TEST(FailureCatalogueTest, UsesOnlyCodesThatPsrpcHas) {
  const std::set<std::string_view> codes = {
      "canceled",          "malformed_request", "deadline_exceeded",  "unavailable",
      "invalid_argument",  "not_found",         "not_acceptable",     "already_exists",
      "permission_denied", "internal",          "resource_exhausted", "failed_precondition"};
  for (const FailureTraits& traits : AllFailures()) {
    EXPECT_TRUE(codes.contains(traits.psrpc_code)) << traits.name;
  }
}

TEST(FailureCatalogueTest, BeginsWithTheGoServicesTextWhereItHasOne) {
  const auto message = [](FailureCode code) { return Failure(code).Message(); };
  EXPECT_THAT(message(FailureCode::kMissingStreamKey), StartsWith("missing stream key"));
  EXPECT_THAT(message(FailureCode::kUnknownStreamKey), StartsWith("ingress not found"));
  EXPECT_THAT(message(FailureCode::kIngressDisabled), StartsWith("session is disabled"));
  EXPECT_THAT(message(FailureCode::kWrongInputType), StartsWith("invalid ingress type"));
  EXPECT_THAT(message(FailureCode::kNoCapacity), StartsWith("server capacity exceeded"));
  EXPECT_THAT(message(FailureCode::kShuttingDown), StartsWith("server shutting down"));
  EXPECT_THAT(message(FailureCode::kNoMedia), StartsWith("source encoder not ready"));
  EXPECT_THAT(message(FailureCode::kRoomClosed), StartsWith("room disconnected"));
  EXPECT_THAT(message(FailureCode::kRoomConnectionLost),
              StartsWith("room disconnected unexpectedly"));
}

TEST(FailureCatalogueTest, DoesNotKnowOtherNumbers) {
  EXPECT_EQ(FailureCodeOf(static_cast<std::uint32_t>(AllFailures().size())), std::nullopt);
  EXPECT_EQ(FailureCodeOf(0xFFFFFFFF), std::nullopt);
}

TEST(FailureTest, PutsTheDetailBehindTheCause) {
  const Failure failure(FailureCode::kUnsupportedCodec, "video codec AV1");
  EXPECT_EQ(failure.Message(),
            "unsupported mime type for the source media (video codec AV1). Choose H.264 and AAC "
            "in the encoder.");
}

TEST(FailureTest, TakesAnyBytesAsDetail) {
  const Failure failure(FailureCode::kProtocolError, "a\xff\n\x1b[2J" + std::string(5000, 'x'));
  EXPECT_TRUE(IsUtf8(failure.Message()));
  EXPECT_THAT(failure.Message(), AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
  EXPECT_LT(failure.Message().size(), 600u);
}

TEST(FailureTest, GivesTheNumbersOfAFullNode) {
  const Failure failure = NoCapacityFailure(InputKind::kRtmp, 2, 0.456, 4);
  EXPECT_EQ(failure.code(), FailureCode::kNoCapacity);
  EXPECT_EQ(failure.cause(),
            "server capacity exceeded: a stream needs 2.00 cores, but 0.46 of 4.00 are free");
  EXPECT_THAT(failure.remedy(), HasSubstr("cpu_cost.rtmp_cpu_cost"));
  EXPECT_THAT(NoCapacityFailure(InputKind::kRtmp, 1, -3, 4).cause(), HasSubstr("but 0.00 of 4.00"));
}

TEST(FailureTest, SpeaksOfTheInputThatTheEncoderChose) {
  EXPECT_EQ(WrongInputFailure(InputKind::kRtmp).Message(),
            "invalid ingress type: this ingress does not take RTMP. Use the address that belongs "
            "to the ingress, or create an RTMP ingress.");
  EXPECT_THAT(WrongInputFailure(InputKind::kWhip).Message(), EndsWith("create a WHIP ingress."));
  EXPECT_EQ(ProtocolErrorFailure(InputKind::kRtmp, "bad chunk").cause(),
            "the encoder broke the RTMP protocol (bad chunk)");
  EXPECT_EQ(ProtocolErrorFailure(InputKind::kRtmp, "").cause(),
            "the encoder broke the RTMP protocol");
}

TEST(FailureTest, NamesAParticipantThatIsLiveAlready) {
  const Failure failure = ParticipantInUseFailure("cam \x01", "studio");
  EXPECT_EQ(failure.code(), FailureCode::kDuplicateIdentity);
  EXPECT_THAT(failure.cause(), HasSubstr("another ingress with the participant identity \"cam "));
  EXPECT_THAT(failure.cause(), HasSubstr("is live in the room \"studio\""));
  EXPECT_THAT(failure.cause(), Not(HasSubstr("\x01")));
  EXPECT_THAT(failure.remedy(), HasSubstr("identity of its own"));
}

TEST(FailureTest, ReadsTheControlPlanesAnswer) {
  EXPECT_EQ(LookupFailure("not_found", false).code(), FailureCode::kUnknownStreamKey);
  const Failure no_bus = LookupFailure("unavailable", true);
  EXPECT_EQ(no_bus.code(), FailureCode::kRedisUnreachable);
  EXPECT_THAT(no_bus.Message(), Not(HasSubstr("livekit-server")));
  const Failure silent = LookupFailure("unavailable", false);
  EXPECT_EQ(silent.code(), FailureCode::kControlPlaneUnreachable);
}

TEST(FailureTest, ReadsTheRoomsAnswer) {
  const auto code = [](ErrorCode error) { return RoomFailure({error, "detail"}).code(); };
  EXPECT_EQ(code(ErrorCode::kUnauthorized), FailureCode::kRoomRefusedToken);
  EXPECT_EQ(code(ErrorCode::kNotFound), FailureCode::kRoomNotFound);
  EXPECT_EQ(code(ErrorCode::kUnsupported), FailureCode::kRoomLacksCodec);
  EXPECT_EQ(code(ErrorCode::kConflict), FailureCode::kRoomRefusedParticipant);
  EXPECT_EQ(code(ErrorCode::kUnavailable), FailureCode::kRoomUnreachable);
  EXPECT_EQ(code(ErrorCode::kTimeout), FailureCode::kRoomUnreachable);
  EXPECT_EQ(code(ErrorCode::kInternal), FailureCode::kInternal);
  EXPECT_EQ(code(ErrorCode::kCertificate), FailureCode::kRoomCertificateRefused);
}

TEST(FailureTest, SaysWhoseCertificateIsNotBelieved) {
  const Error error{ErrorCode::kCertificate,
                    "join: signal: tls: the certificate of h is not believed: expired"};
  EXPECT_EQ(RoomFailure(error).cause(), "the certificate of h is not believed: expired");
  EXPECT_EQ(RoomFailure({ErrorCode::kCertificate, "odd"}).cause(), "odd");
}

TEST(FailureTest, ReadsTheReasonOfADisconnect) {
  const auto code = [](::livekit::DisconnectReason reason) {
    return DisconnectFailure(reason, "").code();
  };
  EXPECT_EQ(code(::livekit::DUPLICATE_IDENTITY), FailureCode::kDuplicateIdentity);
  EXPECT_EQ(code(::livekit::PARTICIPANT_REMOVED), FailureCode::kParticipantRemoved);
  EXPECT_EQ(code(::livekit::ROOM_DELETED), FailureCode::kRoomClosed);
  EXPECT_EQ(code(::livekit::ROOM_CLOSED), FailureCode::kRoomClosed);
  EXPECT_EQ(code(::livekit::SERVER_SHUTDOWN), FailureCode::kRoomServerShutdown);
  for (const auto lost : {::livekit::JOIN_FAILURE, ::livekit::SIGNAL_CLOSE,
                          ::livekit::STATE_MISMATCH}) {  // the ones that Go retries
    EXPECT_EQ(code(lost), FailureCode::kRoomConnectionLost);
  }
  EXPECT_EQ(code(::livekit::UNKNOWN_REASON), FailureCode::kRoomDisconnected);
  EXPECT_EQ(code(static_cast<::livekit::DisconnectReason>(99)), FailureCode::kRoomDisconnected);
}

TEST(FailureTest, TellsADisconnectOnce) {
  for (const auto reason :
       {::livekit::DUPLICATE_IDENTITY, ::livekit::PARTICIPANT_REMOVED, ::livekit::ROOM_DELETED,
        ::livekit::ROOM_CLOSED, ::livekit::SERVER_SHUTDOWN}) {
    EXPECT_THAT(DisconnectFailure(reason, "the same in other words").cause(), Not(HasSubstr("(")))
        << reason;
  }
  EXPECT_THAT(DisconnectFailure(::livekit::ROOM_DELETED, "").cause(),
              HasSubstr("the room was deleted"));
  EXPECT_THAT(DisconnectFailure(::livekit::SIGNAL_CLOSE, "connect: refused").cause(),
              HasSubstr("(connect: refused)"));
}

TEST(PublishStatusLabelTest, FollowsTheGoServicesClasses) {
  EXPECT_EQ(PublishStatusLabel(std::nullopt), "success");
  EXPECT_EQ(PublishStatusLabel(FailureCode::kUnknownStreamKey), "4xx");
  EXPECT_EQ(PublishStatusLabel(FailureCode::kIngressDisabled), "4xx");
  EXPECT_EQ(PublishStatusLabel(FailureCode::kNoCapacity), "4xx");  // 429
  EXPECT_EQ(PublishStatusLabel(FailureCode::kInternal), "internal");
  EXPECT_EQ(PublishStatusLabel(FailureCode::kShuttingDown), "internal");  // 503
  EXPECT_EQ(PublishStatusLabel(FailureCode::kControlPlaneUnreachable), "internal");
}

TEST(FailureTest, SaysACauseOnce) {
  const Failure failure(FailureCode::kDuplicateIdentity,
                        "another participant joined with the same identity");
  EXPECT_EQ(failure.cause(), Traits(FailureCode::kDuplicateIdentity).cause);
  EXPECT_EQ(Failure(FailureCode::kNoMedia, "8 s").cause(),
            std::string(Traits(FailureCode::kNoMedia).cause) + " (8 s)");
}

}  // namespace
}  // namespace ingress
