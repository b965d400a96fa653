#include "input/guard/descriptor_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using ::testing::HasSubstr;

TEST(DescriptorBudgetTest, KeepsAReserve) {
  const DescriptorBudget budget(256);
  EXPECT_EQ(budget.Excess(191), 0u);
  EXPECT_EQ(budget.Excess(192), 1u);
  EXPECT_EQ(budget.Excess(255), 64u);
}

TEST(DescriptorBudgetTest, KeepsSomeHundredOfMany) {
  const DescriptorBudget budget(20'000);
  EXPECT_EQ(budget.Excess(20'000 - 512 - 1), 0u);
  EXPECT_EQ(budget.Excess(20'000 - 512), 1u);
}

TEST(DescriptorBudgetTest, LeavesNothingToStrangersWhereThereIsNothing) {
  EXPECT_EQ(DescriptorBudget(40).Excess(3), 4u);
  EXPECT_EQ(DescriptorBudget(0).Excess(0), 1u);
}

TEST(DescriptorBudgetTest, WarnsOfALowLimit) {
  EXPECT_FALSE(DescriptorBudget(4096).Warning());
  const auto warning = DescriptorBudget(1024).Warning();
  ASSERT_TRUE(warning);
  EXPECT_THAT(*warning, HasSubstr("only 1024 files"));
  EXPECT_THAT(*warning, HasSubstr("end at 768"));
}

}  // namespace
}  // namespace ingress::input
