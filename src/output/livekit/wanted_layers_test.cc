#include "output/livekit/wanted_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::output {
namespace {

using ::livekit::HIGH;
using ::livekit::LOW;
using ::livekit::MEDIUM;
using ::testing::ElementsAre;

std::vector<LayerSpec> Layers(std::initializer_list<LayerQuality> qualities) {
  std::vector<LayerSpec> layers;
  for (const LayerQuality quality : qualities) layers.push_back({.quality = quality});
  return layers;
}

const std::vector<LayerSpec> kAll =
    Layers({LayerQuality::kLow, LayerQuality::kMedium, LayerQuality::kHigh});

TEST(WantedLayersTest, TheHighestWantedAndEverythingBelow) {
  EXPECT_THAT(WantedLayers(kAll, {{LOW, false}, {MEDIUM, true}, {HIGH, false}}),
              ElementsAre(true, true, false));
  EXPECT_THAT(WantedLayers(kAll, {{LOW, true}, {MEDIUM, true}, {HIGH, true}}),
              ElementsAre(true, true, true));
}

TEST(WantedLayersTest, NothingWhenNothingIsWanted) {
  EXPECT_THAT(WantedLayers(kAll, {{LOW, false}, {MEDIUM, false}, {HIGH, false}}),
              ElementsAre(false, false, false));
  EXPECT_THAT(WantedLayers(kAll, {}), ElementsAre(false, false, false));
  EXPECT_THAT(WantedLayers(kAll, {{::livekit::OFF, true}}), ElementsAre(false, false, false));
}

TEST(WantedLayersTest, AMissingQualityIsServedByTheNextHigherLayer) {
  const auto layers = Layers({LayerQuality::kLow, LayerQuality::kHigh});
  EXPECT_THAT(WantedLayers(layers, {{LOW, true}, {MEDIUM, true}, {HIGH, false}}),
              ElementsAre(true, true));
  EXPECT_THAT(WantedLayers(layers, {{LOW, true}, {MEDIUM, false}, {HIGH, false}}),
              ElementsAre(true, false));
}

TEST(WantedLayersTest, ASmallSourceSendsAllItHasWhenHighIsWanted) {
  EXPECT_THAT(WantedLayers(Layers({LayerQuality::kLow, LayerQuality::kMedium}), {{HIGH, true}}),
              ElementsAre(true, true));
}

TEST(WantedLayersTest, ASingleLayerServesEveryQuality) {
  EXPECT_THAT(WantedLayers(Layers({LayerQuality::kHigh}), {{LOW, true}}), ElementsAre(true));
}

}  // namespace
}  // namespace ingress::output
