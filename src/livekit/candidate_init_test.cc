#include "livekit/candidate_init.h"

#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

TEST(CandidateInitTest, ReadsWhatTheSfuSends) {
  const auto candidate = ParseCandidateInit(
      R"({"candidate":"candidate:2070692838 1 udp 2130706431 192.0.2.2 54043 typ host )"
      R"(ufrag bOiETUYBIDVevypi","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":null})");
  ASSERT_TRUE(candidate.has_value()) << candidate.error().context;
  ASSERT_TRUE(candidate->has_value());
  EXPECT_EQ((*candidate)->address, "192.0.2.2");
  EXPECT_EQ((*candidate)->port, 54043);
  EXPECT_EQ((*candidate)->ufrag, "bOiETUYBIDVevypi");
}

TEST(CandidateInitTest, RoundTrips) {
  const sdp::Candidate candidate{.foundation = "1",
                                 .transport = sdp::CandidateTransport::kTcp,
                                 .priority = 1015022079,
                                 .address = "2001:db8::1",
                                 .port = 9,
                                 .type = sdp::CandidateType::kHost,
                                 .tcp_type = sdp::TcpType::kActive};
  const auto parsed = ParseCandidateInit(FormatCandidateInit(candidate));
  ASSERT_TRUE(parsed.has_value() && parsed->has_value());
  EXPECT_EQ(**parsed, candidate);
}

TEST(CandidateInitTest, TakesAnEmptyLineForTheEnd) {
  const auto end = ParseCandidateInit(R"({"candidate":""})");
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
}

TEST(CandidateInitTest, SkipsUnknownKinds) {
  const auto unknown =
      ParseCandidateInit(R"({"candidate":"candidate:1 1 sctp 1 192.0.2.2 5 typ host"})");
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(unknown->has_value());
}

TEST(CandidateInitTest, RejectsDamage) {
  for (const char* text : {"", "{", "[]", "{}", R"({"candidate":7})",
                           R"({"candidate":"candidate:1 1 udp x 192.0.2.2 5 typ host"})"}) {
    EXPECT_FALSE(ParseCandidateInit(text).has_value()) << text;
  }
  EXPECT_EQ(ParseCandidateInit(std::string(kMaxCandidateInit + 1, ' ')).error().code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::livekit
