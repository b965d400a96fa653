#include "pipeline/route/layer_demand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using ::livekit::HIGH;
using ::livekit::LOW;
using ::livekit::MEDIUM;
using ::testing::ElementsAre;

std::vector<bool> Active(const LayerDemand& demand) {
  std::vector<bool> out;
  out.reserve(demand.size());
  for (std::size_t i = 0; i < demand.size(); ++i) out.push_back(demand.IsActive(i));
  return out;
}

TEST(LayerDemandTest, BeforeTheFirstWordAllLayersAreActiveForWhoeverIsInTheRoom) {
  LayerDemand demand({LOW, MEDIUM, HIGH});
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
  demand.OnAudience(true);
  EXPECT_THAT(Active(demand), ElementsAre(true, true, true));
  demand.OnAudience(false);
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
}

TEST(LayerDemandTest, AfterTheFirstWordTheRoomSaysNothing) {
  LayerDemand demand({LOW, MEDIUM, HIGH});
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, false}, {HIGH, false}});
  demand.OnAudience(true);
  EXPECT_THAT(Active(demand), ElementsAre(true, false, false));
  demand.OnAudience(false);
  EXPECT_THAT(Active(demand), ElementsAre(true, false, false));
}

TEST(LayerDemandTest, HighestWantedAndEverythingBelow) {
  LayerDemand demand({LOW, MEDIUM, HIGH});
  demand.OnSubscribedQuality({{LOW, false}, {MEDIUM, true}, {HIGH, false}});
  EXPECT_THAT(Active(demand), ElementsAre(true, true, false));
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, true}, {HIGH, true}});
  EXPECT_THAT(Active(demand), ElementsAre(true, true, true));
}

TEST(LayerDemandTest, NothingWantedSendsNothing) {
  LayerDemand demand({LOW, MEDIUM, HIGH});
  demand.OnSubscribedQuality({{LOW, false}, {MEDIUM, false}, {HIGH, false}});
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
}

TEST(LayerDemandTest, MissingQualityIsServedByTheNextLargerLayer) {
  LayerDemand demand({LOW, HIGH});
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, true}, {HIGH, false}});
  EXPECT_THAT(Active(demand), ElementsAre(true, true));
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, false}, {HIGH, false}});
  EXPECT_THAT(Active(demand), ElementsAre(true, false));
}

TEST(LayerDemandTest, SmallSourceSendsAllItHasWhenHighIsWanted) {
  LayerDemand demand({LOW, MEDIUM});
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, true}, {HIGH, true}});
  EXPECT_THAT(Active(demand), ElementsAre(true, true));
}

TEST(LayerDemandTest, SingleLayerIsActiveWhateverQualityIsWanted) {
  LayerDemand demand({HIGH});
  demand.OnSubscribedQuality({{LOW, true}, {MEDIUM, false}, {HIGH, false}});
  EXPECT_THAT(Active(demand), ElementsAre(true));
}

}  // namespace
}  // namespace ingress::pipeline
