#include "sdp/negotiated_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sdp/answer.h"
#include "sdp/negotiate.h"
#include "sdp/testing/remote_offers.h"

namespace ingress::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string AnswerTo(std::string_view text) {
  const auto offer = ParseRemoteOffer(text);
  EXPECT_TRUE(offer.has_value());
  const auto negotiation =
      Negotiate(*offer, {.video = {VideoCodec::kH264, VideoCodec::kVp8},
                         .local_ice = {.ufrag = "ours", .password = "our-password-of-24-chars"}});
  EXPECT_TRUE(negotiation.has_value()) << negotiation.error().context;
  return FormatAnswer(
      *offer, *negotiation,
      {.fingerprint = "sha-256 AA:BB",
       .candidates =
           {{.foundation = "1", .priority = 2130706431, .address = "203.0.113.10", .port = 7885}},
       .session_id = 4711});
}

TEST(NegotiatedAnswerTest, AnswersFfmpeg) {
  EXPECT_EQ(Edited(AnswerTo(kFfmpegOffer), "\r\n", "\n"), R"(v=0
o=- 4711 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=ice-lite
a=extmap-allow-mixed
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:ours
a=ice-pwd:our-password-of-24-chars
a=fingerprint:sha-256 AA:BB
a=setup:active
a=mid:0
a=recvonly
a=rtcp-mux
a=rtcp-mux-only
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1
a=candidate:1 1 UDP 2130706431 203.0.113.10 7885 typ host
a=end-of-candidates
m=video 9 UDP/TLS/RTP/SAVPF 106 105
c=IN IP4 0.0.0.0
a=ice-ufrag:ours
a=ice-pwd:our-password-of-24-chars
a=fingerprint:sha-256 AA:BB
a=setup:active
a=mid:1
a=recvonly
a=rtcp-mux
a=rtcp-mux-only
a=rtcp-rsize
a=rtpmap:106 H264/90000
a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f
a=rtcp-fb:106 nack
a=rtpmap:105 rtx/90000
a=fmtp:105 apt=106
)");
}

TEST(NegotiatedAnswerTest, EndsLinesAsRfc8866Says) {
  const std::string answer = AnswerTo(kObsOffer);
  EXPECT_THAT(answer, StartsWith("v=0\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=simulcast:recv 0;1;2;3\r\n"));  // OBS looks for that end
  EXPECT_THAT(Edited(answer, "\r\n", ""), Not(HasSubstr("\n")));
}

TEST(NegotiatedAnswerTest, NamesOnlyWhatWasChosen) {
  const std::string answer = AnswerTo(kChromiumOffer);
  EXPECT_LT(answer.size(), 8000U);  // FFmpeg takes no longer one
  for (const std::string_view absent :
       {"red/", "ulpfec", "CN/", "telephone-event", "VP8", "video-orientation", "playout-delay",
        "abs-send-time", "toffset", "a=ssrc", "a=msid"}) {
    EXPECT_THAT(answer, Not(HasSubstr(absent)));
  }
  const auto parsed = ParseAnswer(answer);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().context;
  EXPECT_TRUE(parsed->ice_lite);
  const AnswerSection* video = parsed->section("1");
  EXPECT_EQ(video->direction, Direction::kReceiveOnly);
  EXPECT_EQ(video->setup, SetupRole::kPassive);
  EXPECT_EQ(video->extension_id(kMidUri), 4);
  EXPECT_EQ(video->extension_id(kRidUri), 10);
  EXPECT_EQ(video->extension_id(kTransportSeqUri), 3);
  EXPECT_THAT(video->rids, ElementsAre("q", "h", "f"));
  EXPECT_THAT(video->simulcast_rids, ElementsAre("q", "h", "f"));
  EXPECT_TRUE(video->rtcp_reduced_size);
  EXPECT_TRUE(video->accepts_feedback(109, "transport-cc"));
  EXPECT_EQ(parsed->section("0")->extension_id(kRidUri), 0);  // audio did not offer it
}

TEST(NegotiatedAnswerTest, RefusesWhatIsNoTrackAlone) {
  const std::string offer =
      std::string(kObsOffer) + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\n";
  const std::string answer = AnswerTo(Edited(offer, "BUNDLE 0 1", "BUNDLE 0 1 2"));
  EXPECT_THAT(answer, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=ice-options:ice2 trickle\r\n"));
}

TEST(NegotiatedAnswerTest, DoesNotRepeatParameterSets) {
  const std::string answer =
      AnswerTo(Edited(kObsOffer, "level-asymmetry-allowed=1\n",
                      "level-asymmetry-allowed=1; sprop-parameter-sets=Z0LgH9oB,aM4G4g==\n"));
  EXPECT_THAT(answer, HasSubstr("a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;"
                                "level-asymmetry-allowed=1\r\n"));
}

}  // namespace
}  // namespace ingress::sdp
