#include "sdp/negotiate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sdp/testing/remote_offers.h"

namespace ingress::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Acceptable EverythingAcceptable() {
  return {.video = {VideoCodec::kH264, VideoCodec::kVp8, VideoCodec::kVp9, VideoCodec::kAv1,
                    VideoCodec::kHevc},
          .local_ice = {.ufrag = "ours", .password = "our-password-of-24-chars"}};
}

Result<Negotiation> NegotiationOf(std::string_view text,
                                  const Acceptable& acceptable = EverythingAcceptable()) {
  const auto offer = ParseRemoteOffer(text);
  if (!offer) return std::unexpected(offer.error());
  return Negotiate(*offer, acceptable);
}

Error ErrorOf(std::string_view text) {
  const auto negotiated = NegotiationOf(text);
  EXPECT_FALSE(negotiated.has_value());
  return negotiated ? Error{} : negotiated.error();
}

/// An offer with one section of video, whose attributes beside those of every offer are `lines`.
std::string Video(std::string_view formats, std::string_view lines) {
  return "v=0\nm=video 9 UDP/TLS/RTP/SAVPF " + std::string(formats) +
         "\na=mid:v\na=sendonly\na=rtcp-mux\na=setup:actpass\na=ice-ufrag:abcd\n"
         "a=ice-pwd:0123456789012345678901\na=fingerprint:sha-1 "
         "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13\n" +
         std::string(lines);
}

TEST(NegotiateTest, SendsFeedbackBehindAReportWhereItsSectionOffersNothingElse) {
  const std::string codec = "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\n";
  EXPECT_FALSE(NegotiationOf(Video("96", codec))->reduced_size_rtcp);
  EXPECT_TRUE(NegotiationOf(Video("96", codec + "a=rtcp-rsize\n"))->reduced_size_rtcp);
}

TEST(NegotiateTest, TakesWhatFfmpegOffers) {
  const auto negotiated = NegotiationOf(kFfmpegOffer);
  ASSERT_TRUE(negotiated.has_value()) << negotiated.error().context;
  EXPECT_EQ(negotiated->dtls_role, DtlsRole::kClient);  // FFmpeg waits for our ClientHello
  EXPECT_EQ(negotiated->remote_ice.ufrag, "a1b2c3d4");
  EXPECT_EQ(negotiated->local_ice.ufrag, "ours");
  EXPECT_EQ(negotiated->remote_fingerprint.algorithm, "sha-256");
  EXPECT_EQ(negotiated->extensions, HeaderExtensionIds{});
  EXPECT_TRUE(negotiated->reduced_size_rtcp);  // the section that takes feedback offers it

  ASSERT_TRUE(negotiated->audio.has_value());
  EXPECT_EQ(negotiated->audio->payload_type, 111);
  EXPECT_EQ(negotiated->audio->clock_rate, 48'000U);
  EXPECT_EQ(negotiated->audio->channels, 2);
  EXPECT_EQ(negotiated->audio->mid, "0");
  EXPECT_THAT(negotiated->audio->ssrcs, ElementsAre(DeclaredSsrc{.media = 1234567}));

  ASSERT_TRUE(negotiated->video.has_value());
  EXPECT_EQ(std::get<VideoCodec>(negotiated->video->codec), VideoCodec::kH264);
  EXPECT_EQ(negotiated->video->payload_type, 106);
  EXPECT_EQ(negotiated->video->rtx_payload_type, 105);
  EXPECT_EQ(negotiated->video->clock_rate, 90'000U);
  EXPECT_EQ(negotiated->video->feedback, (RtcpFeedback{.nack = true}));
  EXPECT_THAT(negotiated->video->ssrcs,
              ElementsAre(DeclaredSsrc{.media = 2345678, .rtx = 3456789}));
}

TEST(NegotiateTest, TakesAllLayersOfObs) {
  const auto negotiated = NegotiationOf(kObsOffer);
  ASSERT_TRUE(negotiated.has_value()) << negotiated.error().context;
  EXPECT_EQ(negotiated->dtls_role, DtlsRole::kServer);
  EXPECT_THAT(negotiated->video->rids, ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(negotiated->extensions, (HeaderExtensionIds{.mid = 1, .rid = 2}));
  EXPECT_EQ(negotiated->video->feedback, (RtcpFeedback{.nack = true, .pli = true, .remb = true}));
  EXPECT_FALSE(negotiated->video->rtx_payload_type.has_value());
}

TEST(NegotiateTest, ChoosesOneCodecOfChromiumAndItsRetransmissions) {
  const auto negotiated = NegotiationOf(kChromiumOffer);
  ASSERT_TRUE(negotiated.has_value()) << negotiated.error().context;
  EXPECT_EQ(negotiated->video->payload_type, 109);  // 42e01f, mode 1
  EXPECT_EQ(negotiated->video->rtx_payload_type, 114);
  EXPECT_THAT(negotiated->video->rids, ElementsAre("q", "h", "f"));
  // No abs-send-time beside the transport-wide sequence number.
  EXPECT_EQ(
      negotiated->extensions,
      (HeaderExtensionIds{
          .mid = 4, .rid = 10, .repaired_rid = 11, .audio_level = 1, .transport_sequence = 3}));
  EXPECT_TRUE(negotiated->audio->feedback.transport_cc);
  EXPECT_TRUE(negotiated->video->feedback.transport_cc);
  EXPECT_TRUE(negotiated->reduced_size_rtcp);
}

TEST(NegotiateTest, PrefersTheCodecThatIsAcceptableFirst) {
  Acceptable acceptable = EverythingAcceptable();
  acceptable.video = {VideoCodec::kVp8, VideoCodec::kH264};
  const auto negotiated = NegotiationOf(kChromiumOffer, acceptable);
  ASSERT_TRUE(negotiated.has_value()) << negotiated.error().context;
  EXPECT_EQ(negotiated->video->payload_type, 96);
  EXPECT_EQ(negotiated->video->rtx_payload_type, 97);
}

TEST(NegotiateTest, AsksForNoRetransmissionWhereThoseAreDamaged) {
  Acceptable acceptable = EverythingAcceptable();
  acceptable.request_retransmission = false;
  EXPECT_FALSE(NegotiationOf(kObsOffer, acceptable)->video->feedback.nack);
}

TEST(NegotiateTest, TakesH264OfModeZeroOnlyWhereThereIsNoOther) {
  const auto both =
      NegotiationOf(Video("97 98",
                          "a=rtpmap:97 H264/90000\na=fmtp:97 packetization-mode=0;"
                          "profile-level-id=42e01f\na=rtpmap:98 H264/90000\na=fmtp:98 "
                          "profile-level-id=640028; packetization-mode=1\n"));
  ASSERT_TRUE(both.has_value()) << both.error().context;
  EXPECT_EQ(both->video->payload_type, 98);
  const auto bare = NegotiationOf(Video("97", "a=rtpmap:97 H264/90000\n"));
  ASSERT_TRUE(bare.has_value()) << bare.error().context;
  EXPECT_EQ(bare->video->payload_type, 97);
}

TEST(NegotiateTest, RefusesProfilesThatNobodyPlays) {
  const auto refused = ErrorOf(
      Video("97 98", "a=rtpmap:97 VP9/90000\na=fmtp:97 profile-id=2\na=rtpmap:98 theora/90000\n"));
  EXPECT_EQ(refused.code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.context, HasSubstr("VP9/90000, theora/90000"));
}

TEST(NegotiateTest, TakesSendrecvAsSendonly) {
  EXPECT_TRUE(NegotiationOf(Edited(kFfmpegOffer, "a=sendonly", "a=sendrecv")).has_value());
  for (const std::string_view direction : {"a=recvonly", "a=inactive"}) {
    EXPECT_EQ(ErrorOf(Edited(kFfmpegOffer, "a=sendonly", direction)).code, ErrorCode::kUnsupported);
  }
}

TEST(NegotiateTest, NeedsOneTransportForAll) {
  EXPECT_THAT(ErrorOf(Edited(kFfmpegOffer, "a=group:BUNDLE 0 1\n", "")).context,
              HasSubstr("not in the BUNDLE group"));
  EXPECT_THAT(ErrorOf(Edited(kFfmpegOffer, "a=group:BUNDLE 0 1", "a=group:BUNDLE 0")).context,
              HasSubstr("video section '1'"));
  EXPECT_THAT(ErrorOf(Edited(kFfmpegOffer, "a=rtcp-mux\n", "")).context, HasSubstr("a=rtcp-mux"));
  // One section needs no group, nor a mid.
  EXPECT_TRUE(
      NegotiationOf(Edited(Video("97", "a=rtpmap:97 VP8/90000\n"), "a=mid:v\n", "")).has_value());
}

TEST(NegotiateTest, RefusesASecondTrackOfAKind) {
  const std::string two =
      Edited(Edited(kFfmpegOffer, "m=audio", "m=video"), "opus/48000/2", "VP8/90000");
  EXPECT_THAT(ErrorOf(two).context, HasSubstr("more than 1 track of kind video"));
}

TEST(NegotiateTest, RefusesTheWholeOfferForOneUnusableSection) {
  EXPECT_THAT(ErrorOf(Edited(kFfmpegOffer, "H264/90000", "theora/90000")).context,
              HasSubstr("no acceptable video codec"));
  EXPECT_THAT(ErrorOf(Edited(kFfmpegOffer, "opus/48000/2", "PCMA/8000")).context,
              HasSubstr("Opus is taken"));
}

TEST(NegotiateTest, AnswersEachSetupWithItsOpposite) {
  const auto role = [](std::string_view line) {
    return NegotiationOf(Edited(kFfmpegOffer, "a=setup:passive\n", line))->dtls_role;
  };
  EXPECT_EQ(role("a=setup:actpass\n"), DtlsRole::kServer);
  EXPECT_EQ(role("a=setup:active\n"), DtlsRole::kServer);
  EXPECT_EQ(role(""), DtlsRole::kServer);
  EXPECT_EQ(ErrorOf(Edited(kFfmpegOffer, "a=setup:passive", "a=setup:holdconn")).code,
            ErrorCode::kUnsupported);
}

TEST(NegotiateTest, PrefersWhatASectionSaysOverTheSession) {
  const std::string offer = Edited(kObsOffer, "a=msid-semantic:WMS *\n",
                                   "a=ice-ufrag:session\na=ice-pwd:of-the-session-2345678\n");
  EXPECT_EQ(NegotiationOf(offer)->remote_ice.ufrag, "MNOP");
  const std::string only =
      Edited(Edited(offer, "a=ice-ufrag:MNOP\n", ""), "a=ice-pwd:abcdefghijklmnopqrstuv\n", "");
  EXPECT_EQ(NegotiationOf(only)->remote_ice.ufrag, "session");
}

TEST(NegotiateTest, CallsMalformedWhatEveryOfferHas) {
  for (const auto& [from, to] : {std::pair("a=ice-ufrag:MNOP", "a=ice-ufrag:MNO"),
                                 std::pair("abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstu"),
                                 std::pair("a=fingerprint:sha-256", "a=x:sha-256"),
                                 std::pair("a=fingerprint:sha-256", "a=fingerprint:sha-512"),
                                 std::pair("a=fingerprint:sha-256", "a=fingerprint:md5")}) {
    EXPECT_EQ(ErrorOf(Edited(kObsOffer, from, to)).code, ErrorCode::kMalformed) << to;
  }
  std::string differing(kFfmpegOffer);
  differing.replace(differing.rfind("56:7C"), 5, "57:7C");
  EXPECT_THAT(ErrorOf(differing).context, HasSubstr("different fingerprints"));
}

TEST(NegotiateTest, PassesOverADataChannelAndARefusedSection) {
  const std::string data = std::string(kObsOffer) +
                           "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\n"
                           "m=video 0 UDP/TLS/RTP/SAVPF 100\na=mid:3\n";
  EXPECT_TRUE(NegotiationOf(data).has_value());
  EXPECT_THAT(ErrorOf("v=0\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\n").context,
              HasSubstr("no track"));
}

TEST(NegotiateTest, TakesABundledSectionWithoutAPort) {
  const std::string offer = Edited(kObsOffer, "m=video 9 UDP/TLS/RTP/SAVPF 96\n",
                                   "m=video 0 UDP/TLS/RTP/SAVPF 96\na=bundle-only\n");
  EXPECT_TRUE(NegotiationOf(offer)->video.has_value());
}

TEST(NegotiateTest, KeepsUnusualMids) {
  const std::string offer = Edited(Edited(kObsOffer, "a=mid:1", "a=mid:video0-of-16-char"),
                                   "BUNDLE 0 1", "BUNDLE 0 video0-of-16-char");
  EXPECT_EQ(NegotiationOf(offer)->video->mid, "video0-of-16-char");
  EXPECT_EQ(ErrorOf(Edited(kObsOffer, "a=mid:1", "a=mid:with space")).code, ErrorCode::kMalformed);
}

TEST(NegotiateTest, ReadsAlternativesAndPausedLayers) {
  const auto negotiated =
      NegotiationOf(Edited(kObsOffer, "a=simulcast:send 0;1;2;3", "a=simulcast:send 0,3;~1;9"));
  ASSERT_TRUE(negotiated.has_value()) << negotiated.error().context;
  EXPECT_THAT(negotiated->video->rids, ElementsAre("0", "1"));  // 9 has no a=rid
  const auto lonely = NegotiationOf(Edited(kObsOffer, "a=simulcast:send 0;1;2;3\n", ""));
  EXPECT_THAT(lonely->video->rids, IsEmpty());
}

TEST(NegotiateTest, RefusesMoreLayersThanATrackCanBeMadeOf) {
  const std::string offer =
      Edited(Edited(kObsOffer, "a=simulcast:send 0;1;2;3", "a=simulcast:send 0;1;2;3;4"),
             "a=rid:3 send\n", "a=rid:3 send\na=rid:4 send\n");
  EXPECT_THAT(ErrorOf(offer).context, HasSubstr("send 4 at most"));
}

TEST(NegotiateTest, RefusesSimulcastThatCannotBeToldApart) {
  EXPECT_THAT(ErrorOf(Edited(kObsOffer, kRidUri, "urn:x")).context,
              HasSubstr("without the RTP header extension"));
  EXPECT_THAT(
      ErrorOf(Video("97", "a=rtpmap:97 VP8/90000\na=ssrc-group:SIM 1 2 3\na=ssrc:1 cname:a\n"))
          .context,
      HasSubstr("offer a=rid"));
}

TEST(NegotiateTest, KeepsHighExtensionIds) {
  const auto negotiated =
      NegotiationOf(Edited(kObsOffer, "a=extmap:2 urn:ietf", "a=extmap:200 urn:ietf"));
  EXPECT_EQ(negotiated->extensions.rid, 200);
}

TEST(RemoteOfferTest, IsTolerantOfForm) {
  const std::string odd = Edited(kObsOffer, "a=mid:0\n",
                                 "a=mid:0\na=unknown\na=candidate:bad\na=candidate:1 1 UDP 1 "
                                 "b5f2.local 4000 typ host\n") +
                          "\n\n";
  const auto offer = ParseRemoteOffer(odd);
  ASSERT_TRUE(offer.has_value()) << offer.error().context;
  EXPECT_EQ(offer->sections[0].candidates.size(), 1U);
  EXPECT_TRUE(offer->ice2);
  EXPECT_TRUE(offer->trickle);
}

TEST(RemoteOfferTest, RefusesWhatMayNotComeBackInAnAnswer) {
  EXPECT_EQ(ErrorOf(Edited(kObsOffer, "a=mid:1", "a=mid:1\ra=evil")).code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOf(std::string(kMaxRemoteOfferSize + 1, 'a')).code, ErrorCode::kLimitExceeded);
  std::string many = "v=0\n";
  for (std::size_t i = 0; i <= kMaxRemoteOfferSections; ++i) many += "m=audio 9 RTP/SAVPF 0\n";
  EXPECT_EQ(ErrorOf(many).code, ErrorCode::kLimitExceeded);
}

TEST(FmtpParameterTest, FindsOneAmongOthers) {
  constexpr std::string_view kFmtp = "level-asymmetry-allowed=1; Packetization-Mode = 1;flag";
  EXPECT_EQ(FmtpParameter(kFmtp, "packetization-mode"), "1");
  EXPECT_EQ(FmtpParameter(kFmtp, "flag"), "");
  EXPECT_EQ(FmtpParameter(kFmtp, "mode"), std::nullopt);
  EXPECT_EQ(FmtpParameter("", "mode"), std::nullopt);
}

}  // namespace
}  // namespace ingress::sdp
