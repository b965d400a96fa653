#include "sdp/offer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sdp/text.h"

namespace ingress::sdp {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string line(TakeUntil(text, '\n'));
    EXPECT_TRUE(line.ends_with('\r')) << line;
    line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

/// The lines of section number `index`, its m= line included.
std::vector<std::string> Section(std::string_view text, int index) {
  std::vector<std::string> section;
  int at = -1;
  for (std::string& line : Lines(text)) {
    if (line.starts_with("m=")) ++at;
    if (at == index) section.push_back(std::move(line));
  }
  return section;
}

OfferBuilder MakeBuilder() {
  return OfferBuilder(7214560918233841,
                      "sha-256 6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:"
                      "C2:43:F0:A1:58:D0:A1:2C:19:08",
                      "IN_x7GqT2", {.ufrag = "Yk7q", .password = "8hhY2R4ki6vB9q0nTpZxW3cL"});
}

AudioOffer Audio() {
  return {.stream_id = "IN_x7GqT2", .track_id = "IN_x7GqT2-audio", .ssrc = 2774360611};
}

VideoOffer SimulcastVideo() {
  return {.stream_id = "IN_x7GqT2", .track_id = "IN_x7GqT2-video", .rids = {"q", "h", "f"}};
}

// An offer that the SFU's WebRTC library was seen to accept.
TEST(OfferBuilderTest, WritesAudioAndSimulcastVideoLineByLine) {
  OfferBuilder builder = MakeBuilder();
  EXPECT_EQ(builder.AddAudio(Audio()), "0");
  EXPECT_EQ(builder.AddVideo(SimulcastVideo()), "1");
  builder.SetCandidates(
      {ParseCandidate("candidate:1 1 UDP 2122317823 192.0.2.10 51000 typ host").value(),
       ParseCandidate("candidate:2 1 TCP 1015022079 192.0.2.10 9 typ host tcptype active")
           .value()});
  EXPECT_THAT(
      Lines(builder.Build()),
      ElementsAre(
          "v=0",                                      //
          "o=- 7214560918233841 1 IN IP4 127.0.0.1",  //
          "s=-",                                      //
          "t=0 0",                                    //
          "a=group:BUNDLE 0 1",                       //
          "a=msid-semantic: WMS *",                   //
          "a=ice-options:trickle",                    //
          "a=fingerprint:sha-256 6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:"
          "C2:43:F0:A1:58:D0:A1:2C:19:08",                                                     //
          "m=audio 9 UDP/TLS/RTP/SAVPF 111",                                                   //
          "c=IN IP4 0.0.0.0",                                                                  //
          "a=rtcp:9 IN IP4 0.0.0.0",                                                           //
          "a=ice-ufrag:Yk7q",                                                                  //
          "a=ice-pwd:8hhY2R4ki6vB9q0nTpZxW3cL",                                                //
          "a=setup:actpass",                                                                   //
          "a=mid:0",                                                                           //
          "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",                                    //
          "a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level",                            //
          "a=sendonly",                                                                        //
          "a=msid:IN_x7GqT2 IN_x7GqT2-audio",                                                  //
          "a=rtcp-mux",                                                                        //
          "a=rtcp-rsize",                                                                      //
          "a=rtpmap:111 opus/48000/2",                                                         //
          "a=rtcp-fb:111 nack",                                                                //
          "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",                     //
          "a=ssrc:2774360611 cname:IN_x7GqT2",                                                 //
          "a=ssrc:2774360611 msid:IN_x7GqT2 IN_x7GqT2-audio",                                  //
          "a=candidate:1 1 UDP 2122317823 192.0.2.10 51000 typ host",                          //
          "a=candidate:2 1 TCP 1015022079 192.0.2.10 9 typ host tcptype active",               //
          "m=video 9 UDP/TLS/RTP/SAVPF 96",                                                    //
          "c=IN IP4 0.0.0.0",                                                                  //
          "a=rtcp:9 IN IP4 0.0.0.0",                                                           //
          "a=ice-ufrag:Yk7q",                                                                  //
          "a=ice-pwd:8hhY2R4ki6vB9q0nTpZxW3cL",                                                //
          "a=setup:actpass",                                                                   //
          "a=mid:1",                                                                           //
          "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",                                    //
          "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",                          //
          "a=sendonly",                                                                        //
          "a=msid:IN_x7GqT2 IN_x7GqT2-video",                                                  //
          "a=rtcp-mux",                                                                        //
          "a=rtcp-rsize",                                                                      //
          "a=rtpmap:96 H264/90000",                                                            //
          "a=rtcp-fb:96 ccm fir",                                                              //
          "a=rtcp-fb:96 nack",                                                                 //
          "a=rtcp-fb:96 nack pli",                                                             //
          "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",  //
          "a=rid:q send",                                                                      //
          "a=rid:h send",                                                                      //
          "a=rid:f send",                                                                      //
          "a=simulcast:send q;h;f"));
}

TEST(OfferBuilderTest, OffersVp8WithRtxAndTransportFeedback) {
  OfferBuilder builder = MakeBuilder();
  VideoOffer video = SimulcastVideo();
  video.codec = OfferedVideoCodec::kVp8;
  video.rtx = true;
  video.transport_cc = true;
  builder.AddVideo(video);
  const auto lines = Section(builder.Build(), 0);
  EXPECT_EQ(lines.front(), "m=video 9 UDP/TLS/RTP/SAVPF 96 97");
  for (const std::string_view line :
       {"a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 transport-cc", "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96", "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        "a=extmap:5 http://www.ietf.org/id/"
        "draft-holmer-rmcat-transport-wide-cc-extensions-01"}) {
    EXPECT_THAT(lines, Contains(line));
  }
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=fmtp:96"))));
}

TEST(OfferBuilderTest, ListsSsrcsInsteadOfRidsForASingleLayer) {
  OfferBuilder builder = MakeBuilder();
  builder.AddVideo({.stream_id = "s", .track_id = "t", .ssrc = 5, .rtx = true, .rtx_ssrc = 6});
  const auto lines = Section(builder.Build(), 0);
  EXPECT_THAT(lines, Contains("a=ssrc-group:FID 5 6"));
  EXPECT_THAT(lines, Contains("a=ssrc:5 cname:IN_x7GqT2"));
  EXPECT_THAT(lines, Contains("a=ssrc:5 msid:s t"));
  EXPECT_THAT(lines, Contains("a=ssrc:6 cname:IN_x7GqT2"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=rid"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=simulcast"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=extmap:2 "))));
}

TEST(OfferBuilderTest, SaysMonoForMonoAudio) {
  OfferBuilder builder = MakeBuilder();
  AudioOffer audio = Audio();
  audio.stereo = false;
  builder.AddAudio(audio);
  EXPECT_THAT(Section(builder.Build(), 0), Contains("a=fmtp:111 minptime=10;useinbandfec=1"));
}

TEST(OfferBuilderTest, AppendsSectionsAndRaisesTheVersion) {
  OfferBuilder builder = MakeBuilder();
  builder.AddVideo(SimulcastVideo());
  const std::string first = builder.Build();
  EXPECT_EQ(builder.AddAudio(Audio()), "1");
  const std::string second = builder.Build();
  EXPECT_THAT(Lines(second), Contains("o=- 7214560918233841 2 IN IP4 127.0.0.1"));
  EXPECT_THAT(Lines(second), Contains("a=group:BUNDLE 0 1"));
  EXPECT_EQ(Section(second, 0), Section(first, 0));
  EXPECT_THAT(Section(second, 1), Contains("a=mid:1"));
}

TEST(OfferBuilderTest, KeepsADeactivatedSectionWithItsMidAndCodecs) {
  OfferBuilder builder = MakeBuilder();
  builder.AddAudio(Audio());
  builder.AddVideo(SimulcastVideo());
  EXPECT_TRUE(builder.Deactivate("1"));
  EXPECT_FALSE(builder.Deactivate("2"));
  const auto lines = Section(builder.Build(), 1);
  EXPECT_EQ(lines.front(), "m=video 9 UDP/TLS/RTP/SAVPF 96");
  EXPECT_THAT(lines, Contains("a=mid:1"));
  EXPECT_THAT(lines, Contains("a=inactive"));
  EXPECT_THAT(lines, Contains("a=rtpmap:96 H264/90000"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=msid"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=rid"))));
}

TEST(OfferBuilderTest, NegotiatesATransportWithoutATrack) {
  OfferBuilder builder = MakeBuilder();
  EXPECT_EQ(builder.AddPlaceholderSection(), "0");
  const auto lines = Section(builder.Build(), 0);
  EXPECT_EQ(lines.front(), "m=audio 9 UDP/TLS/RTP/SAVPF 111");
  EXPECT_THAT(lines, Contains("a=inactive"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("a=ssrc"))));
}

TEST(OfferBuilderTest, RestartsIceInEverySection) {
  OfferBuilder builder = MakeBuilder();
  builder.AddAudio(Audio());
  builder.AddVideo(SimulcastVideo());
  builder.Build();
  builder.SetIceCredentials({.ufrag = "next", .password = "0123456789012345678901"});
  const std::string text = builder.Build();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Section(text, i), Contains("a=ice-ufrag:next"));
    EXPECT_THAT(Section(text, i), Contains("a=ice-pwd:0123456789012345678901"));
  }
}

}  // namespace
}  // namespace ingress::sdp
