#include "sdp/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What livekit-server answers to one audio and one simulcast video section.
constexpr std::string_view kSfuAnswer = R"(v=0
o=- 9052821334910072709 1795331389 IN IP4 0.0.0.0
s=-
t=0 0
a=msid-semantic:WMS *
a=fingerprint:sha-256 56:7C:4D:A8:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:01:02:03:04:05:06:07:08:09:0A:1E:49
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=setup:active
a=mid:0
a=ice-ufrag:bOiETUYBIDVevypi
a=ice-pwd:bjuVilXEHsyeaDlmmWuknAsnxKUweTiE
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;usedtx=1;stereo=1;maxaveragebitrate=510000
a=rtcp-fb:111 nack
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=recvonly
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=setup:active
a=mid:1
a=ice-ufrag:bOiETUYBIDVevypi
a=ice-pwd:bjuVilXEHsyeaDlmmWuknAsnxKUweTiE
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 H264/90000
a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=rid:q recv
a=rid:h recv
a=rid:f recv
a=simulcast:recv q;h;f
a=recvonly
)";

std::string WithCrlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

Error ErrorOf(std::string_view text) {
  auto answer = ParseAnswer(text);
  EXPECT_FALSE(answer.has_value());
  return answer ? Error{} : std::move(answer.error());
}

/// An answer whose only section holds `attributes`, one a line.
Result<Answer> ParseSection(std::string_view attributes) {
  return ParseAnswer("v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:v\n" + std::string(attributes));
}

TEST(ParseAnswerTest, ReadsTheAnswerOfTheSfu) {
  const auto answer = ParseAnswer(WithCrlf(kSfuAnswer));
  ASSERT_TRUE(answer.has_value()) << answer.error().context;
  EXPECT_FALSE(answer->ice_lite);
  EXPECT_THAT(answer->bundle, ElementsAre("0", "1"));
  ASSERT_THAT(answer->sections, SizeIs(2));

  const AnswerSection& audio = *answer->section("0");
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_FALSE(audio.rejected());
  EXPECT_EQ(audio.direction, Direction::kReceiveOnly);
  EXPECT_EQ(audio.setup, SetupRole::kActive);
  EXPECT_EQ(audio.ice->ufrag, "bOiETUYBIDVevypi");
  EXPECT_EQ(audio.ice->password, "bjuVilXEHsyeaDlmmWuknAsnxKUweTiE");
  ASSERT_TRUE(audio.fingerprint.has_value());  // from the session level
  EXPECT_EQ(audio.fingerprint->algorithm, "sha-256");
  EXPECT_THAT(audio.fingerprint->digest, SizeIs(32));
  EXPECT_EQ(audio.fingerprint->digest[0], 0x56);
  EXPECT_EQ(audio.fingerprint->digest[31], 0x49);
  EXPECT_EQ(audio.codec(111)->encoding, "opus/48000/2");
  EXPECT_THAT(audio.codec(111)->fmtp, HasSubstr("usedtx=1;stereo=1;maxaveragebitrate=510000"));
  EXPECT_TRUE(audio.accepts_feedback(111, "nack"));
  EXPECT_EQ(audio.extension_id(kMidUri), 1);
  EXPECT_EQ(audio.extension_id(kAudioLevelUri), 4);
  EXPECT_EQ(audio.extension_id(kTransportSeqUri), 0);
  EXPECT_TRUE(audio.rtcp_mux);
  EXPECT_TRUE(audio.rtcp_reduced_size);
  EXPECT_THAT(audio.candidates, IsEmpty());
  EXPECT_FALSE(audio.end_of_candidates);

  const AnswerSection& video = *answer->section("1");
  EXPECT_EQ(video.kind, "video");
  EXPECT_THAT(video.rids, ElementsAre("q", "h", "f"));
  EXPECT_THAT(video.simulcast_rids, ElementsAre("q", "h", "f"));
  EXPECT_EQ(video.extension_id(kRidUri), 2);
  EXPECT_EQ(video.codec(96)->encoding, "H264/90000");
  EXPECT_TRUE(video.accepts_feedback(96, "nack pli"));
  EXPECT_FALSE(video.accepts_feedback(96, "transport-cc"));
  EXPECT_EQ(video.codec(97), nullptr);
  EXPECT_EQ(answer->section("2"), nullptr);
}

TEST(ParseAnswerTest, TakesBareLineFeeds) {
  const auto answer = ParseAnswer(kSfuAnswer);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->sections[1].mid, "1");
}

TEST(ParseAnswerTest, KeepsCandidatesOfComponentOneOnly) {
  const auto answer = ParseAnswer(
      "v=0\na=ice-lite\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\n"
      "a=candidate:1 1 udp 2130706431 192.0.2.2 50000 typ host ufrag abcd\n"
      "a=candidate:1 2 udp 2130706431 192.0.2.2 50000 typ host ufrag abcd\n"
      "a=candidate:2 1 tcp 1671430143 192.0.2.2 7881 typ host tcptype passive ufrag abcd\n"
      "a=candidate:3 1 sctp 1 192.0.2.2 1 typ host\n"
      "a=end-of-candidates\n");
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->ice_lite);
  const AnswerSection& section = answer->sections[0];
  ASSERT_THAT(section.candidates, SizeIs(2));
  EXPECT_EQ(section.candidates[0].ufrag, "abcd");
  EXPECT_EQ(section.candidates[1].tcp_type, TcpType::kPassive);
  EXPECT_TRUE(section.end_of_candidates);
}

TEST(ParseAnswerTest, ReadsRefusedAndInactiveSections) {
  const auto answer = ParseAnswer(
      "v=0\nm=video 0 UDP/TLS/RTP/SAVPF 96\na=mid:0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\n"
      "a=mid:1\na=inactive\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\n");
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->sections[0].rejected());
  EXPECT_EQ(answer->sections[0].direction, Direction::kSendReceive);
  EXPECT_EQ(answer->sections[1].direction, Direction::kInactive);
  EXPECT_EQ(answer->sections[2].kind, "application");
  EXPECT_THAT(answer->sections[2].codecs, IsEmpty());
}

TEST(ParseAnswerTest, PrefersTheSectionOverTheSession) {
  const auto answer = ParseAnswer(
      "v=0\na=ice-ufrag:outer\na=ice-pwd:outerpassword\na=setup:active\na=recvonly\n"
      "a=fingerprint:sha-1 01:02\n"
      "m=audio 9 X 111\na=mid:0\n"
      "m=video 9 X 96\na=mid:1\na=ice-ufrag:inner\na=ice-pwd:innerpassword\n"
      "a=setup:passive\na=inactive\na=fingerprint:SHA-256 0a:0B\n");
  ASSERT_TRUE(answer.has_value());
  const AnswerSection& outer = answer->sections[0];
  EXPECT_EQ(outer.ice->ufrag, "outer");
  EXPECT_EQ(outer.setup, SetupRole::kActive);
  EXPECT_EQ(outer.direction, Direction::kReceiveOnly);
  EXPECT_EQ(outer.fingerprint->algorithm, "sha-1");
  const AnswerSection& inner = answer->sections[1];
  EXPECT_EQ(inner.ice->ufrag, "inner");
  EXPECT_EQ(inner.setup, SetupRole::kPassive);
  EXPECT_EQ(inner.direction, Direction::kInactive);
  EXPECT_EQ(*inner.fingerprint, (Fingerprint{.algorithm = "sha-256", .digest = {0x0a, 0x0b}}));
}

TEST(ParseAnswerTest, ReadsUnusualFormsOfAttributes) {
  const auto answer = ParseSection(
      "a=rtcp-fb:* nack\na=rtpmap:96  VP8/90000\na=rtpmap:55 unlisted/1\n"
      "a=extmap:3/recvonly urn:x attributes\na=extmap:300 urn:two-byte\n"
      "a=simulcast:send z recv ~q,x;h\na=rid:q recv pt=96\na=rid:z send\n"
      "a=unheard-of\nb=AS:100\n");
  ASSERT_TRUE(answer.has_value()) << answer.error().context;
  const AnswerSection& section = answer->sections[0];
  EXPECT_TRUE(section.accepts_feedback(96, "nack"));
  EXPECT_TRUE(section.accepts_feedback(97, "nack"));
  EXPECT_EQ(section.codec(96)->encoding, "VP8/90000");
  EXPECT_EQ(section.extension_id("urn:x"), 3);
  EXPECT_EQ(section.extension_id("urn:two-byte"), 0);
  EXPECT_THAT(section.simulcast_rids, ElementsAre("q", "h"));
  EXPECT_THAT(section.rids, ElementsAre("q"));
}

TEST(ParseAnswerTest, NamesLineAndReason) {
  const Error error = ErrorOf("v=0\r\ns=-\r\nm=audio 9 X 111\r\na=setup:sideways\r\n");
  EXPECT_EQ(error.code, ErrorCode::kMalformed);
  EXPECT_EQ(error.context, "sdp: line 4: setup 'sideways'");
}

TEST(ParseAnswerTest, RejectsDamage) {
  for (const std::string_view text : {"", "hello", "v=1\n", "v=0\nx\n", "v=0\nm=audio\n",
                                      "v=0\nm=audio 65536 X 1\n", "v=0\nm=audio 9 X 128\n"}) {
    EXPECT_EQ(ErrorOf(text).code, ErrorCode::kMalformed) << text;
  }
  for (const std::string_view attribute :
       {"a=rtpmap:x VP8/90000", "a=fmtp:", "a=extmap:1", "a=extmap:a urn:x", "a=rid:q",
        "a=rid:", "a=fingerprint:sha-256", "a=fingerprint:sha-256 0",
        "a=fingerprint:sha-256 00:", "a=fingerprint:sha-256 zz", "a=candidate:1 1 udp",
        "a=ice-ufrag:", "a=ice-pwd:", "a=ice-ufrag:alone"}) {
    const auto answer = ParseSection(attribute);
    ASSERT_FALSE(answer.has_value()) << attribute;
    EXPECT_EQ(answer.error().code, ErrorCode::kMalformed) << attribute;
  }
}

TEST(ParseAnswerTest, ParsesOrRejectsEveryTruncation) {
  const std::string text = WithCrlf(kSfuAnswer);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto answer = ParseAnswer(std::string_view(text).substr(0, size));
    if (answer) EXPECT_LE(answer->sections.size(), 2U);
  }
}

TEST(ParseAnswerTest, EnforcesItsLimits) {
  EXPECT_EQ(ErrorOf("v=0\n" + std::string(kMaxAnswerSize, 'x')).code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ErrorOf("v=0\na=" + std::string(kMaxLineLength, 'x')).code, ErrorCode::kLimitExceeded);

  const auto repeated = [](std::string_view line, std::size_t times) {
    std::string text = "v=0\nm=video 9 X 96\na=mid:0\n";
    for (std::size_t i = 0; i < times; ++i) text += line;
    return text;
  };
  EXPECT_EQ(ErrorOf(repeated("a=x\n", kMaxAnswerLines)).code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ErrorOf(repeated("m=video 9 X 96\n", kMaxAnswerSections)).code,
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(ErrorOf(repeated("a=candidate:1 1 udp 1 192.0.2.1 1 typ host\n",
                             kMaxCandidatesPerSection + 1))
                .code,
            ErrorCode::kLimitExceeded);
  for (const std::string_view line : {"a=rtcp-fb:96 nack\n", "a=rid:q recv\n", "a=extmap:1 urn:x\n",
                                      "a=simulcast:recv q;h;f\n"}) {
    EXPECT_EQ(ErrorOf(repeated(line, 100)).code, ErrorCode::kLimitExceeded) << line;
  }
  std::string codecs = "v=0\nm=video 9 X";
  for (std::size_t i = 0; i <= kMaxCodecsPerSection; ++i) codecs += " 96";
  EXPECT_EQ(ErrorOf(codecs).code, ErrorCode::kLimitExceeded);
}

TEST(ParseAnswerTest, ReadsOurOwnOffer) {
  OfferBuilder builder(1, "sha-256 01:02", "c", {.ufrag = "ufrag", .password = "password"});
  builder.AddVideo({.stream_id = "s", .track_id = "t", .rids = {"q", "f"}, .rtx = true});
  const auto offer = ParseAnswer(builder.Build());
  ASSERT_TRUE(offer.has_value()) << offer.error().context;
  EXPECT_EQ(offer->sections[0].direction, Direction::kSendOnly);
  EXPECT_EQ(offer->sections[0].setup, SetupRole::kActPass);
  EXPECT_EQ(offer->sections[0].codec(97)->fmtp, "apt=96");
  EXPECT_THAT(offer->sections[0].rids, IsEmpty());  // they are "send"
}

}  // namespace
}  // namespace ingress::sdp
