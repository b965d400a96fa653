#include "whip_job/negotiation_message.h"

#include <gtest/gtest.h>

namespace ingress::whip_job {
namespace {

sdp::Negotiation Everything() {
  return {
      .audio = sdp::NegotiatedTrack{.mid = "0",
                                    .codec = AudioCodec::kOpus,
                                    .payload_type = 111,
                                    .clock_rate = 48'000,
                                    .channels = 2,
                                    .fmtp = "minptime=10",
                                    .feedback = {.transport_cc = true},
                                    .ssrcs = {{.media = 1}}},
      .video =
          sdp::NegotiatedTrack{.mid = "video0",
                               .codec = VideoCodec::kHevc,
                               .payload_type = 96,
                               .rtx_payload_type = 97,
                               .clock_rate = 90'000,
                               .fmtp = "level-id=93",
                               .feedback = {.nack = true, .pli = true, .fir = true, .remb = true},
                               .ssrcs = {{.media = 2, .rtx = 3}, {.media = 4}},
                               .rids = {"q", "h", "f"}},
      .extensions = {.mid = 1,
                     .rid = 2,
                     .repaired_rid = 3,
                     .audio_level = 4,
                     .transport_sequence = 5,
                     .abs_send_time = 6,
                     .abs_capture_time = 255},
      .reduced_size_rtcp = true,
      .local_ice = {.ufrag = "ours", .password = "our-password-of-24-chars"},
      .remote_ice = {.ufrag = "theirs", .password = "their-password-of-26-chars"},
      .remote_fingerprint = {.algorithm = "sha-256", .digest = {0, 1, 0xff}},
      .dtls_role = sdp::DtlsRole::kClient};
}

TEST(NegotiationMessageTest, KeepsEverything) {
  const auto again = FromMessage(ToMessage(Everything()));
  ASSERT_TRUE(again.has_value()) << again.error().context;
  EXPECT_EQ(*again, Everything());
}

TEST(NegotiationMessageTest, KeepsThatATrackIsNotThere) {
  sdp::Negotiation negotiation = Everything();
  negotiation.audio.reset();
  EXPECT_EQ(FromMessage(ToMessage(negotiation)), negotiation);
}

TEST(NegotiationMessageTest, RefusesWhatItNeverMakes) {
  const ipc::WhipNegotiation good = ToMessage(Everything());
  ipc::WhipNegotiation bad = good;
  bad.mutable_video()->set_payload_type(128);
  EXPECT_EQ(FromMessage(bad).error().code, ErrorCode::kMalformed);
  bad = good;
  bad.mutable_extensions()->set_rid(256);
  EXPECT_EQ(FromMessage(bad).error().code, ErrorCode::kMalformed);
  bad = good;
  bad.clear_audio();
  bad.clear_video();
  EXPECT_EQ(FromMessage(bad).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::whip_job
