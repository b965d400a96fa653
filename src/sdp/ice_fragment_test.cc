#include "sdp/ice_fragment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ingress::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ErrorCode CodeOf(std::string_view text) {
  const auto fragment = ParseIceFragment(text);
  EXPECT_FALSE(fragment.has_value()) << text;
  return fragment ? ErrorCode::kInternal : fragment.error().code;
}

TEST(IceFragmentTest, ReadsTheExampleOfTheRfc) {
  // RFC 9725 §4.3.2, shortened; the credentials stand with the section.
  const auto fragment = ParseIceFragment(
      "a=group:BUNDLE 0 1\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
      "a=mid:0\r\n"
      "a=ice-ufrag:EsAw\r\n"
      "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
      "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"
      "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n"
      "a=end-of-candidates\r\n");
  ASSERT_TRUE(fragment.has_value()) << fragment.error().context;
  EXPECT_EQ(fragment->ice->ufrag, "EsAw");
  EXPECT_THAT(fragment->mids, ElementsAre("0"));
  EXPECT_EQ(fragment->candidates.size(), 2U);
  EXPECT_TRUE(fragment->end_of_candidates);
}

TEST(IceFragmentTest, ReadsCredentialsOfTheSession) {
  const auto fragment = ParseIceFragment(
      "a=ice-ufrag:EsAw\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\nm=audio 9 RTP/AVP 0\na=mid:0\n");
  ASSERT_TRUE(fragment.has_value()) << fragment.error().context;
  EXPECT_EQ(fragment->ice->password, "P2uYro0UCOQ4zxjKXaWCBui1");
  EXPECT_FALSE(fragment->end_of_candidates);
}

TEST(IceFragmentTest, PassesOverCandidatesOfNoUse) {
  const auto fragment = ParseIceFragment(
      "m=audio 9 RTP/AVP 0\na=mid:0\n"
      "a=candidate:1 1 sctp 1 192.0.2.1 9 typ host\n"
      "a=candidate:2 1 udp 1 f5b2.local 50000 typ host\n"
      "a=candidate:3 2 udp 1 192.0.2.1 50001 typ host\n"
      "a=candidate:" +
      std::string(600, '1') + "\n");
  ASSERT_TRUE(fragment.has_value()) << fragment.error().context;
  ASSERT_EQ(fragment->candidates.size(), 1U);
  EXPECT_EQ(fragment->candidates[0].address, "f5b2.local");
  EXPECT_FALSE(fragment->ice.has_value());
}

TEST(IceFragmentTest, RefusesWhatContradictsItself) {
  EXPECT_EQ(CodeOf(""), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("\r\n"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("garbage"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("a=ice-ufrag:EsAw\n"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("a=ice-ufrag:EsA\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("m=audio 9 RTP/AVP 0\na=ice-ufrag:EsAw\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n"
                   "m=video 9 RTP/AVP 0\na=ice-ufrag:EsAx\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n"),
            ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("m=audio 9 RTP/AVP 0\na=mid:with space\n"), ErrorCode::kMalformed);
}

TEST(IceFragmentTest, ShowsNoPassword) {
  const auto fragment = ParseIceFragment("a=ice-ufrag:EsA\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n");
  EXPECT_THAT(fragment.error().context, Not(HasSubstr("P2uYro")));
}

TEST(IceFragmentTest, IsBounded) {
  EXPECT_EQ(CodeOf(std::string(kMaxFragmentSize + 1, 'a')), ErrorCode::kLimitExceeded);
  std::string many;
  for (std::size_t i = 0; i <= kMaxFragmentCandidates; ++i) {
    many += "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\n";
  }
  EXPECT_EQ(CodeOf(many), ErrorCode::kLimitExceeded);
}

TEST(IceFragmentTest, WritesWhatItReads) {
  const IceCredentials ice{.ufrag = "ours", .password = "our-password-of-24-chars"};
  const std::string text =
      FormatIceFragment(ice, "0", "ice2 trickle",
                        {{.foundation = "1", .priority = 1, .address = "192.0.2.1", .port = 7885}});
  EXPECT_THAT(text, HasSubstr("a=ice-lite\r\na=ice-options:ice2 trickle\r\n"));
  const auto again = ParseIceFragment(text);
  ASSERT_TRUE(again.has_value()) << again.error().context;
  EXPECT_EQ(again->ice, ice);
  EXPECT_THAT(again->mids, ElementsAre("0"));
  EXPECT_EQ(again->candidates.size(), 1U);
}

}  // namespace
}  // namespace ingress::sdp
