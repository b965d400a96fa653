#include "livekit/track_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

VideoTrackOptions ThreeLayers() {
  return {.name = "cam",
          .source = ::livekit::UNKNOWN,
          .codec = VideoCodec::kH264,
          .layers = {{::livekit::LOW, 320, 180, 237'500},
                     {::livekit::MEDIUM, 640, 360, 671'751},
                     {::livekit::HIGH, 1280, 720, 1'900'000}}};
}

TEST(TrackRequestTest, NamesSimulcastLayersLowestFirst) {
  EXPECT_THAT(RidsFor(3), ElementsAre("q", "h", "f"));
  EXPECT_THAT(RidsFor(2), ElementsAre("q", "h"));
  EXPECT_THAT(RidsFor(1), IsEmpty());
}

TEST(TrackRequestTest, DescribesVideoByItsLargestLayerAndListsAll) {
  const auto request = VideoTrackRequest(ThreeLayers(), "TV_1");
  EXPECT_EQ(request.cid(), "TV_1");
  EXPECT_EQ(request.type(), ::livekit::VIDEO);
  EXPECT_EQ(request.source(), ::livekit::CAMERA);
  EXPECT_EQ(request.width(), 1280U);
  EXPECT_EQ(request.height(), 720U);
  ASSERT_EQ(request.layers_size(), 3);
  EXPECT_EQ(request.layers(0).quality(), ::livekit::LOW);
  ASSERT_EQ(request.simulcast_codecs_size(), 1);
  EXPECT_EQ(request.simulcast_codecs(0).codec(), "h264");
  EXPECT_EQ(request.simulcast_codecs(0).cid(), "TV_1");
  EXPECT_EQ(request.simulcast_codecs(0).layers_size(), 3);
  EXPECT_EQ(request.simulcast_codecs(0).layers(2).bitrate(), 1'900'000U);
}

TEST(TrackRequestTest, DeclaresStereoAndMissingDtxInBothForms) {
  const auto request = AudioTrackRequest(
      {.name = "mic", .source = ::livekit::UNKNOWN, .stereo = true, .dtx = false}, "TA_1");
  EXPECT_EQ(request.source(), ::livekit::MICROPHONE);
  EXPECT_TRUE(request.stereo());
  EXPECT_TRUE(request.disable_dtx());
  EXPECT_THAT(request.audio_features(), ElementsAre(::livekit::TF_STEREO, ::livekit::TF_NO_DTX));
}

TEST(TrackRequestTest, KnowsWhichCodecsARoomTakes) {
  EXPECT_TRUE(TakesCodec({"video/vp8", "video/h264"}, MimeTypeOf(VideoCodec::kH264)));
  EXPECT_FALSE(TakesCodec({"video/vp8"}, MimeTypeOf(VideoCodec::kH264)));
  EXPECT_TRUE(TakesCodec({}, MimeTypeOf(VideoCodec::kH264)));
}

}  // namespace
}  // namespace ingress::livekit
