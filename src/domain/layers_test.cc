#include "domain/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace ingress {
namespace {

using enum LayerQuality;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

VideoEncoding Preset(::livekit::IngressVideoEncodingPreset preset) {
  ::livekit::IngressVideoOptions options;
  options.set_preset(preset);
  return ResolveVideoEncoding(options).value();
}

VideoEncoding Preset720() { return Preset(::livekit::H264_720P_30FPS_3_LAYERS); }

VideoEncoding Custom(std::vector<LayerSpec> layers) {
  VideoEncoding encoding;
  encoding.layers = std::move(layers);
  return encoding;
}

TEST(LayersTest, LeavesAPresetAloneWhenTheSourceIsLarger) {
  for (const std::uint32_t scale : {1u, 2u, 3u}) {
    EXPECT_EQ(ComputeLayers(Preset720(), 1280 * scale, 720 * scale), Preset720().layers);
  }
}

TEST(LayersTest, StopsAtTheLayerThatHoldsTheWholeSource) {
  EXPECT_THAT(ComputeLayers(Preset720(), 640, 360),
              ElementsAre(LayerSpec{kLow, 320, 180, 237500}, LayerSpec{kMedium, 640, 360, 671751}));
  EXPECT_THAT(ComputeLayers(Preset720(), 320, 180), ElementsAre(LayerSpec{kLow, 320, 180, 237500}));
}

TEST(LayersTest, NeverEnlargesAndScalesTheBitrateWithTheArea) {
  // (800·450 ÷ 1280·720)^0.75 × 1 900 000
  EXPECT_THAT(ComputeLayers(Preset720(), 800, 450),
              ElementsAre(LayerSpec{kLow, 320, 180, 237500}, LayerSpec{kMedium, 640, 360, 671751},
                          LayerSpec{kHigh, 800, 450, 938801}));
}

TEST(LayersTest, KeepsTheAspectOfAPortraitSource) {
  const auto layers = ComputeLayers(Preset720(), 1080, 1920);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].width, 102u);  // 101.25, rounded down, then up to even
  EXPECT_EQ(layers[0].height, 180u);
  EXPECT_EQ(layers[1].width, 202u);  // 202.5
  EXPECT_EQ(layers[1].height, 360u);
  EXPECT_EQ(layers[2].width, 406u);  // 405
  EXPECT_EQ(layers[2].height, 720u);
  EXPECT_EQ(layers[2].bitrate, 803046u);  // 1 900 000 × (406 ÷ 1280)^0.75
}

TEST(LayersTest, KeepsTheAspectOfAWideSource) {
  const auto layers = ComputeLayers(Preset720(), 2560, 1080);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[2].width, 1280u);
  EXPECT_EQ(layers[2].height, 540u);
  EXPECT_EQ(layers[0].width, 320u);
  EXPECT_EQ(layers[0].height, 136u);  // 135
}

TEST(LayersTest, DoesNotMakeAnOddSourceLarger) {
  const auto layers = ComputeLayers(Preset720(), 641, 361);
  ASSERT_EQ(layers.size(), 2u);  // HIGH would be 640 × 360 again
  EXPECT_EQ(layers[1].width, 640u);
  EXPECT_EQ(layers[1].height, 360u);
  const auto larger = ComputeLayers(Preset720(), 853, 479);
  ASSERT_EQ(larger.size(), 3u);
  EXPECT_EQ(larger[2].width, 852u);
  EXPECT_EQ(larger[2].height, 478u);
}

TEST(LayersTest, TakesTheSmallestSources) {
  EXPECT_THAT(ComputeLayers(Preset720(), 2, 2),
              ElementsAre(LayerSpec{kLow, 2, 2, kMinRescaledBitrate}));
  EXPECT_THAT(ComputeLayers(Preset720(), 1, 1),
              ElementsAre(LayerSpec{kLow, 2, 2, kMinRescaledBitrate}));
  EXPECT_THAT(ComputeLayers(Preset720(), 0, 360), IsEmpty());
  EXPECT_THAT(ComputeLayers(Preset720(), 640, 0), IsEmpty());
}

TEST(LayersTest, TakesSourcesOfExtremeShape) {
  const auto flat = ComputeLayers(Preset720(), 16384, 2);
  ASSERT_EQ(flat.size(), 3u);
  EXPECT_EQ(flat[2].width, 1280u);
  EXPECT_EQ(flat[2].height, 2u);
  const auto thin = ComputeLayers(Preset720(), 2, 16384);
  ASSERT_EQ(thin.size(), 3u);
  EXPECT_EQ(thin[2].width, 2u);
  EXPECT_EQ(thin[2].height, 720u);
  constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(ComputeLayers(Preset720(), kMax, kMax).back(), (LayerSpec{kHigh, 720, 720, 1234086}));
}

TEST(LayersTest, KeepsLayersThatShareABoxTogether) {
  const auto encoding = Custom({{kLow, 1280, 720, 500'000},
                                {kMedium, 1280, 720, 1'500'000},
                                {kHigh, 1920, 1080, 3'000'000}});
  EXPECT_THAT(
      ComputeLayers(encoding, 1280, 720),
      ElementsAre(LayerSpec{kLow, 1280, 720, 500'000}, LayerSpec{kMedium, 1280, 720, 1'500'000}));
}

TEST(LayersTest, NeverRaisesABitrateTheOwnerChose) {
  const auto encoding = Custom({{kHigh, 1280, 720, 10'000}});
  EXPECT_EQ(ComputeLayers(encoding, 1280, 720)[0].bitrate, 10'000u);
  EXPECT_EQ(ComputeLayers(encoding, 640, 360)[0].bitrate, 10'000u);
}

// Properties that hold for every source.
TEST(LayersTest, HoldsItsPromisesForManySizes) {
  const VideoEncoding encoding = Preset(::livekit::H264_1080P_30FPS_3_LAYERS);
  for (std::uint32_t width = 1; width < 4200; width += 61) {
    for (std::uint32_t height = 1; height < 4200; height += 67) {
      const auto layers = ComputeLayers(encoding, width, height);
      ASSERT_FALSE(layers.empty());
      std::uint32_t last_area = 0;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerSpec& layer = layers[i];
        ASSERT_EQ(layer.width % 2 + layer.height % 2, 0u);
        ASSERT_LE(layer.width, std::max(width, 2u));
        ASSERT_LE(layer.height, std::max(height, 2u));
        ASSERT_LE(layer.width, encoding.layers[i].width);
        ASSERT_LE(layer.height, encoding.layers[i].height);
        ASSERT_LE(layer.bitrate, encoding.layers[i].bitrate);
        ASSERT_GE(layer.bitrate, kMinRescaledBitrate);
        ASSERT_GE(layer.width * layer.height, last_area);
        last_area = layer.width * layer.height;
      }
    }
  }
}

TEST(LayersTest, RefitsALyingSourceThatStandsUp) {
  const auto published = ComputeLayers(Preset720(), 1280, 720);
  const auto layers = RefitLayers(Preset720(), published, 720, 1280);
  ASSERT_EQ(layers.size(), 3u);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i].quality, published[i].quality);
    EXPECT_GT(layers[i].height, layers[i].width);
    EXPECT_LE(layers[i].height, Preset720().layers[i].height);
  }
}

TEST(LayersTest, RefitsAStandingSourceThatLiesDown) {
  const auto published = ComputeLayers(Preset720(), 720, 1280);  // 406 × 720
  const auto layers = RefitLayers(Preset720(), published, 1280, 720);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[2].width, 720u);
  EXPECT_EQ(layers[2].height, 406u);  // 405
}

TEST(LayersTest, RepeatsTheLargestLayerOfASourceThatShrank) {
  const auto published = ComputeLayers(Preset720(), 1280, 720);
  const auto layers = RefitLayers(Preset720(), published, 320, 180);
  ASSERT_EQ(layers.size(), 3u);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i].quality, published[i].quality);
    EXPECT_EQ(layers[i].width, 320u);
    EXPECT_EQ(layers[i].height, 180u);
  }
}

TEST(LayersTest, RefitsNothingToASourceWithoutASize) {
  EXPECT_THAT(RefitLayers(Preset720(), Preset720().layers, 0, 0), IsEmpty());
}

}  // namespace
}  // namespace ingress
