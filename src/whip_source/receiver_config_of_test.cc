#include "whip_source/receiver_config_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::whip_source {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(ReceiverConfigOfTest, TakesWhatWasAgreedOn) {
  const sdp::Negotiation negotiation{
      .audio = sdp::NegotiatedTrack{.mid = "0",
                                    .codec = AudioCodec::kOpus,
                                    .payload_type = 111,
                                    .clock_rate = 48'000,
                                    .channels = 2,
                                    .ssrcs = {{.media = 1}}},
      .video = sdp::NegotiatedTrack{.mid = "1",
                                    .codec = VideoCodec::kH264,
                                    .payload_type = 96,
                                    .rtx_payload_type = 97,
                                    .clock_rate = 90'000,
                                    .fmtp = "sprop-parameter-sets=Z0LgH9oB,aM4G4g==",
                                    .feedback = {.nack = true, .remb = true},
                                    .ssrcs = {{.media = 2, .rtx = 3}},
                                    .rids = {"q", "h"}},
      .extensions = {.mid = 4, .rid = 10, .repaired_rid = 11, .transport_sequence = 3},
      .reduced_size_rtcp = true};
  const auto config = ReceiverConfigOf(negotiation);
  ASSERT_THAT(config.tracks, SizeIs(2));
  EXPECT_EQ(config.tracks[0].kind, TrackKind::kAudio);
  EXPECT_EQ(std::get<AudioCodec>(config.tracks[0].formats[0].codec), AudioCodec::kOpus);
  const auto& video = config.tracks[1];
  EXPECT_EQ(video.mid, "1");
  EXPECT_EQ(std::get<VideoCodec>(video.formats[0].codec), VideoCodec::kH264);
  EXPECT_EQ(video.formats[0].rtx_payload_type, 97);
  EXPECT_THAT(video.formats[0].parameter_sets, SizeIs(2));
  EXPECT_TRUE(video.feedback.nack);
  EXPECT_FALSE(video.feedback.pli);
  EXPECT_TRUE(video.feedback.remb);
  EXPECT_EQ(video.ssrcs[0].rtx, 3U);
  EXPECT_THAT(video.rids, ElementsAre("q", "h"));
  EXPECT_EQ(config.extensions.rid, 10);
  EXPECT_EQ(config.extensions.transport_seq, 3);
  EXPECT_TRUE(config.reduced_size_rtcp);
  for (const std::uint32_t taken : {0U, 1U, 2U, 3U}) EXPECT_NE(config.local_ssrc, taken);
  EXPECT_FALSE(config.cname.empty());
}

}  // namespace
}  // namespace ingress::whip_source
