#include "pipeline/route/layer_demand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using ::testing::ElementsAre;

std::vector<bool> Active(const LayerDemand& demand) {
  std::vector<bool> out;
  out.reserve(demand.size());
  for (std::size_t i = 0; i < demand.size(); ++i) out.push_back(demand.IsActive(i));
  return out;
}

TEST(LayerDemandTest, BeforeTheFirstWordAllLayersAreActiveForWhoeverMayWatch) {
  LayerDemand demand(3);
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
  demand.OnAudience(true);
  EXPECT_THAT(Active(demand), ElementsAre(true, true, true));
  demand.OnAudience(false);
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
}

TEST(LayerDemandTest, AfterTheFirstWordTheAudienceSaysNothing) {
  LayerDemand demand(3);
  demand.OnDemand({true, false, false});
  demand.OnAudience(true);
  EXPECT_THAT(Active(demand), ElementsAre(true, false, false));
  demand.OnAudience(false);
  EXPECT_THAT(Active(demand), ElementsAre(true, false, false));
}

TEST(LayerDemandTest, FollowsEveryWord) {
  LayerDemand demand(3);
  demand.OnDemand({true, true, false});
  EXPECT_THAT(Active(demand), ElementsAre(true, true, false));
  demand.OnDemand({false, false, true});
  EXPECT_THAT(Active(demand), ElementsAre(false, false, true));
  demand.OnDemand({false, false, false});
  EXPECT_THAT(Active(demand), ElementsAre(false, false, false));
}

TEST(LayerDemandTest, TakesAWordOfOtherLayersForWhatItSaysOfThese) {
  LayerDemand demand(2);
  demand.OnDemand({true});
  EXPECT_THAT(Active(demand), ElementsAre(true, false));
  demand.OnDemand({false, true, true});
  EXPECT_THAT(Active(demand), ElementsAre(false, true));
}

}  // namespace
}  // namespace ingress::pipeline
