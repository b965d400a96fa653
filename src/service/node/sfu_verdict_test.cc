#include "service/node/sfu_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const WallTime kNow = WallClock::from_time_t(1'800'000'000);

SfuVerdict Judge(unsigned status, std::string body, std::chrono::seconds server_ahead = 0s) {
  return JudgeReply({.status = status, .body = std::move(body), .date = kNow + server_ahead},
                    "head.payload-of-the-token.signature", kNow);
}

TEST(SfuVerdictTest, TakesTheServersYesAndAMissingRoomForReady) {
  EXPECT_EQ(Judge(200, "success").state, SfuState::kReady);
  EXPECT_EQ(Judge(404, "requested room does not exist").state, SfuState::kReady);
}

TEST(SfuVerdictTest, EveryStateHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kSfuStates; ++i) names.insert(ToString(static_cast<SfuState>(i)));
  EXPECT_EQ(names.size(), kSfuStates);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(ToString(static_cast<SfuState>(kSfuStates)), "unknown");
}

TEST(SfuVerdictTest, KnowsKeyAndSecretApart) {
  const auto key = Judge(401, "invalid API key: devkey");
  EXPECT_EQ(key.state, SfuState::kToken);
  EXPECT_THAT(key.remedy, HasSubstr("correct api_key"));
  const auto secret = Judge(401,
                            "invalid token: head.payload-of-the-token.signature, error: token "
                            "signature is invalid: signature is invalid");
  EXPECT_EQ(secret.state, SfuState::kToken);
  EXPECT_THAT(secret.remedy, HasSubstr("correct api_secret"));
  EXPECT_THAT(secret.cause, Not(HasSubstr("payload-of-the-token")));
  EXPECT_EQ(Judge(403, "").state, SfuState::kToken);
}

TEST(SfuVerdictTest, BlamesTheClockWithHowFarItIsOff) {
  const auto ahead = Judge(401, "error: token has invalid claims: token is not valid yet", -300s);
  EXPECT_EQ(ahead.state, SfuState::kClock);
  EXPECT_EQ(ahead.clock_offset, 300s);
  EXPECT_THAT(ahead.cause, HasSubstr("300 s ahead of livekit-server's"));
  const auto behind = Judge(401, "permission denied, in the words of another version", 400s);
  EXPECT_EQ(behind.state, SfuState::kClock);
  EXPECT_THAT(behind.cause, HasSubstr("400 s behind"));
  const auto undated =
      JudgeReply({.status = 401, .body = "token is expired", .date = {}}, "", kNow);
  EXPECT_EQ(undated.state, SfuState::kClock);
  EXPECT_FALSE(undated.clock_offset.has_value());
}

TEST(SfuVerdictTest, SeesThatSomethingElseAnswers) {
  for (const auto& verdict :
       {Judge(404, "404 page not found"), Judge(404, ""), Judge(301, ""), Judge(418, ""),
        Judge(200, "<html>welcome</html>"), JudgeError({ErrorCode::kMalformed, "no HTTP"}),
        JudgeError({ErrorCode::kClosed, "it hangs up"})}) {
    EXPECT_EQ(verdict.state, SfuState::kNotLiveKit) << verdict.cause;
    EXPECT_THAT(verdict.remedy, HasSubstr("ws_url"));
  }
  EXPECT_THAT(Judge(301, "").remedy, HasSubstr("wss://"));
  EXPECT_THAT(Judge(400, "Client sent an HTTP request to an HTTPS server.\n").remedy,
              HasSubstr("wss://"));
}

TEST(SfuVerdictTest, KnowsWhyNoAnswerCame) {
  EXPECT_EQ(JudgeError({ErrorCode::kUnavailable, "refused"}).state, SfuState::kUnreachable);
  EXPECT_EQ(JudgeError({ErrorCode::kTimeout, "late"}).state, SfuState::kSilent);
  const Error refused{ErrorCode::kCertificate,
                      "http: tls: the certificate of h is not believed: self-signed certificate"};
  EXPECT_EQ(JudgeError(refused).state, SfuState::kCertificate);
  EXPECT_THAT(JudgeError({ErrorCode::kCertificate, "tls: unusable certificates: no file"}).remedy,
              HasSubstr("ca_cert_file"));
  EXPECT_EQ(Judge(503, "").state, SfuState::kRefused);
  EXPECT_EQ(Judge(500, "connection closed by media").state, SfuState::kRefused);
}

TEST(SfuVerdictTest, QuotesNothingThatATerminalObeys) {
  EXPECT_THAT(Judge(418, "\x1b[2J\n" + std::string(5000, 'x')).cause, Not(HasSubstr("\x1b")));
  EXPECT_LT(Judge(418, std::string(5000, 'x')).cause.size(), 300U);
}

}  // namespace
}  // namespace ingress::service
