#include "sdp/candidate.h"

#include <gtest/gtest.h>

namespace ingress::sdp {
namespace {

ErrorCode CodeOf(std::string_view text) {
  const auto candidate = ParseCandidate(text);
  EXPECT_FALSE(candidate.has_value()) << text;
  return candidate ? ErrorCode::kInternal : candidate.error().code;
}

TEST(ParseCandidateTest, ReadsWhatTheSfuTrickles) {
  const auto candidate = ParseCandidate(
      "candidate:2070692838 1 udp 2130706431 192.0.2.2 54043 typ host ufrag bOiETUYBIDVevypi");
  ASSERT_TRUE(candidate.has_value());
  EXPECT_EQ(*candidate, (Candidate{.foundation = "2070692838",
                                   .component = 1,
                                   .transport = CandidateTransport::kUdp,
                                   .priority = 2130706431,
                                   .address = "192.0.2.2",
                                   .port = 54043,
                                   .type = CandidateType::kHost,
                                   .ufrag = "bOiETUYBIDVevypi"}));
}

// RFC 8839 §5.1 and RFC 6544 §4.5 give these lines (addresses apart).
TEST(ParseCandidateTest, ReadsTheExamplesOfTheRfcs) {
  const auto reflexive = ParseCandidate(
      "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
  ASSERT_TRUE(reflexive.has_value());
  EXPECT_EQ(reflexive->type, CandidateType::kServerReflexive);
  EXPECT_EQ(reflexive->related_address, "203.0.113.141");
  EXPECT_EQ(reflexive->related_port, 8998);

  const auto active =
      ParseCandidate("candidate:1 1 TCP 2128609279 192.0.2.1 9 typ host tcptype active");
  ASSERT_TRUE(active.has_value());
  EXPECT_EQ(active->transport, CandidateTransport::kTcp);
  EXPECT_EQ(active->tcp_type, TcpType::kActive);
}

TEST(ParseCandidateTest, TakesIpv6HostNamesAndUnknownExtensions) {
  const auto v6 = ParseCandidate(
      "1 1 udp 1 2001:db8::1 5000 typ relay raddr :: rport 0 network-cost 50 generation 2");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->address, "2001:db8::1");
  EXPECT_EQ(v6->generation, 2U);
  const auto mdns = ParseCandidate(
      "candidate:1 1 udp 1 0f2a5a0b-f52d-4a5b-9b0d-2d1e7a3cf3f1.local 5000 typ host");
  ASSERT_TRUE(mdns.has_value());
  EXPECT_TRUE(mdns->address.ends_with(".local"));
}

TEST(ParseCandidateTest, SetsApartWhatIsOnlyUnknown) {
  EXPECT_EQ(CodeOf("1 1 ssltcp 1 192.0.2.1 443 typ host"), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf("1 1 udp 1 192.0.2.1 443 typ quantum"), ErrorCode::kUnsupported);
}

TEST(ParseCandidateTest, NamesTheFieldThatIsBad) {
  const auto candidate = ParseCandidate("candidate:1 1 udp many 192.0.2.1 443 typ host");
  ASSERT_FALSE(candidate.has_value());
  EXPECT_EQ(candidate.error().context, "candidate: bad priority 'many'");
}

TEST(ParseCandidateTest, RejectsDamage) {
  for (const std::string_view text :
       {"", "candidate:", "1", "1 0 udp 1 192.0.2.1 1 typ host", "1 257 udp 1 192.0.2.1 1 typ host",
        "1 1 udp 4294967296 192.0.2.1 1 typ host", "1 1 udp -1 192.0.2.1 1 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host", "1 1 udp 1 192.0.2.1 1", "1 1 udp 1 192.0.2.1 1 typ",
        "1 1 udp 1 192.0.2.1 1 type host", "1 1 udp 1 192.0.2.1;x 1 typ host",
        "1 1 tcp 1 192.0.2.1 1 typ host tcptype up", "1 1 udp 1 192.0.2.1 1 typ host rport",
        "123456789012345678901234567890123 1 udp 1 192.0.2.1 1 typ host",
        "1 1 udp 1 192.0.2.1 1 typ host\r\na=setup:active"}) {
    EXPECT_EQ(CodeOf(text), ErrorCode::kMalformed);
  }
  EXPECT_EQ(CodeOf(std::string(kMaxCandidateLength + 1, 'a')), ErrorCode::kLimitExceeded);
}

TEST(FormatCandidateTest, WritesWhatItReads) {
  for (const std::string_view text :
       {"candidate:1 1 UDP 2122317823 192.0.2.10 51000 typ host",
        "candidate:2 1 TCP 1015022079 192.0.2.10 9 typ host tcptype active",
        "candidate:3 2 UDP 1 2001:db8::1 5000 typ prflx raddr 10.0.0.1 rport 7 generation 0",
        "candidate:4 1 TCP 1 192.0.2.1 7881 typ relay raddr 10.0.0.1 rport 9 tcptype passive "
        "generation 3 ufrag abcd"}) {
    const auto candidate = ParseCandidate(text);
    ASSERT_TRUE(candidate.has_value()) << text;
    EXPECT_EQ(FormatCandidate(*candidate), text);
  }
}

}  // namespace
}  // namespace ingress::sdp
