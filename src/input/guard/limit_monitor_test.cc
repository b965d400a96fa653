#include "input/guard/limit_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr TimePoint kStart{1h};

class LimitMonitorTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  observability::MetricsRegistry registry_{"NE_test"};
  LimitMonitor monitor_{registry_, observability::Logger({}, [this](std::string_view line) {
                          lines_.emplace_back(line);
                        })};
};

TEST_F(LimitMonitorTest, CountsEachStrikeUnderItsLimit) {
  monitor_.Strike(Limit::kConnections, "192.0.2.1:1", kStart);
  monitor_.Strike(Limit::kConnections, "192.0.2.1:2", kStart);
  const std::string metrics = registry_.Serialize();
  EXPECT_THAT(metrics, HasSubstr(R"(limit="connections"} 2)"));
  EXPECT_THAT(metrics, HasSubstr(R"(limit="wrong_keys"} 0)"));
}

TEST_F(LimitMonitorTest, WritesTheFirstStrikeAtOnceAndThenTheirNumber) {
  for (int i = 0; i < 1000; ++i) {
    monitor_.Strike(Limit::kAddressConnections, "192.0.2.1:" + std::to_string(i), kStart);
    monitor_.Tell(kStart + 1s);
  }
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr("WARN"), HasSubstr("limit=address_connections"),
                                        HasSubstr("count=1 "), HasSubstr("remedy="))));
  lines_.clear();
  monitor_.Tell(kStart + 10s);
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr("count=999 "), HasSubstr("192.0.2.1:999"))));
  lines_.clear();
  monitor_.Tell(kStart + 30s);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(LimitMonitorTest, TellsLimitsApart) {
  monitor_.Strike(Limit::kDescriptors, "a", kStart);
  monitor_.Strike(Limit::kBufferedBytes, "b", kStart);
  EXPECT_THAT(lines_, SizeIs(2));
}

TEST_F(LimitMonitorTest, LetsSomeLinesAboutStrangersThrough) {
  int allowed = 0;
  for (int i = 0; i < 500; ++i) allowed += monitor_.AllowLine(kStart + 1s) ? 1 : 0;
  EXPECT_EQ(allowed, 20);
  monitor_.Tell(kStart + 11s);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("count=480")));
}

TEST(LimitTest, EveryLimitHasWordsOfItsOwn) {
  for (int i = 0; i < kLimits; ++i) {
    const LimitTraits& traits = Traits(static_cast<Limit>(i));
    EXPECT_THAT(traits.name, Not(IsEmpty()));
    EXPECT_THAT(traits.message, Not(IsEmpty()));
    EXPECT_THAT(traits.remedy, Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace ingress::input
