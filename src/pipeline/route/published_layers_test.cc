#include "pipeline/route/published_layers.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using UplinkChange = PublishedLayers::UplinkChange;

constexpr TimePoint kStart = TimePoint{} + 1h;

std::vector<LayerSpec> Specs() {
  return {{.quality = LayerQuality::kLow, .width = 640, .height = 360, .bitrate = 500'000},
          {.quality = LayerQuality::kHigh, .width = 1280, .height = 720, .bitrate = 2'000'000}};
}

TEST(PublishedLayersTest, KnowWhoWasInTheRoomBeforeTheTrackWas) {
  PublishedLayers layers;
  EXPECT_TRUE(layers.empty());
  EXPECT_FALSE(layers.OnAudience(true)) << "there is nothing to send yet";
  layers.Publish(Specs(), kStart);
  EXPECT_TRUE(layers.top_active());
}

TEST(PublishedLayersTest, SayWhetherTheAudienceChangesWhatIsSent) {
  PublishedLayers layers;
  layers.Publish(Specs(), kStart);
  EXPECT_TRUE(layers.OnAudience(true));
  EXPECT_FALSE(layers.OnAudience(true));
  EXPECT_TRUE(layers.OnAudience(false));
}

TEST(PublishedLayersTest, BitratesThatFollowTheUplinkAreNoNews) {
  PublishedLayers layers;
  layers.OnAudience(true);
  layers.Publish(Specs(), kStart);
  EXPECT_EQ(layers.OnUplink(std::nullopt, kStart), UplinkChange::kNone);
  EXPECT_EQ(layers.OnUplink(2'200'000, kStart + 1s), UplinkChange::kNews) << "a limit";
  EXPECT_EQ(layers.OnUplink(1'900'000, kStart + 2s), UplinkChange::kBitrates);
  EXPECT_EQ(layers.OnUplink(900'000, kStart + 3s), UplinkChange::kNews) << "a layer less";
  EXPECT_FALSE(layers.top_active());
  EXPECT_EQ(layers.OnUplink(std::nullopt, kStart + 4s), UplinkChange::kNews) << "no limit";
  EXPECT_TRUE(layers.top_active());
}

TEST(PublishedLayersTest, AreOutgrownByASourceThatStaysLarger) {
  PublishedLayers layers;
  layers.Publish(Specs(), kStart);
  layers.OnFormat({.width = 1920, .height = 1080}, kStart + 1s);
  EXPECT_FALSE(layers.outgrown(kStart + 1s));
  EXPECT_TRUE(layers.outgrown(kStart + 1s + SourceGrowth::kStays));
  layers.Publish({{.width = 1920, .height = 1080, .bitrate = 4'000'000}}, kStart + 6s);
  EXPECT_FALSE(layers.outgrown(kStart + 1h));
}

}  // namespace
}  // namespace ingress::pipeline
