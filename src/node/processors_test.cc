#include "node/processors.h"

#include <gtest/gtest.h>

#include "node/testing/fake_files.h"

namespace ingress::node {
namespace {

TEST(ProcessorsTest, ThisProcessMayRunSomewhere) { EXPECT_FALSE(UsableProcessors().empty()); }

TEST(ProcessorsTest, ReadsQuotasOfVersion2AtEachLevel) {
  FakeFiles files;
  files["/proc/self/cgroup"] = kServiceCgroup;
  files["/proc/self/mountinfo"] = kServiceMounts;
  files["/sys/fs/cgroup/system.slice/ingress.service/cpu.max"] = "max 100000\n";
  files["/sys/fs/cgroup/system.slice/cpu.max"] = "150000 100000\n";
  const auto quotas = FindCpuQuotas(files.reader());
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_DOUBLE_EQ(quotas[0].cores, 1.5);
  EXPECT_EQ(quotas[0].usage_file, "/sys/fs/cgroup/system.slice/cpu.stat");
  EXPECT_DOUBLE_EQ(NodeCores(8, quotas, std::nullopt), 1.5);
  EXPECT_DOUBLE_EQ(NodeCores(1, quotas, std::nullopt), 1);
}

TEST(ProcessorsTest, ReadsQuotasOfVersion1) {
  FakeFiles files;
  files["/proc/self/cgroup"] = kDockerCgroup;
  files["/proc/self/mountinfo"] = kDockerMounts;
  files["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"] = "50000\n";
  files["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us"] = "100000\n";
  const auto quotas = FindCpuQuotas(files.reader());
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_DOUBLE_EQ(quotas[0].cores, 0.5);
  EXPECT_EQ(quotas[0].usage_file, "/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage");
}

TEST(ProcessorsTest, CountsWhereVersion1CountsApart) {
  FakeFiles files;
  files["/proc/self/cgroup"] = kHybridCgroup;
  files["/proc/self/mountinfo"] = kHybridMounts;
  files["/sys/fs/cgroup/cpu/live/ingress/cpu.cfs_quota_us"] = "-1\n";
  files["/sys/fs/cgroup/cpu/live/ingress/cpu.cfs_period_us"] = "100000\n";
  files["/sys/fs/cgroup/cpu/live/cpu.cfs_quota_us"] = "200000\n";
  files["/sys/fs/cgroup/cpu/live/cpu.cfs_period_us"] = "100000\n";
  const auto quotas = FindCpuQuotas(files.reader());
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_DOUBLE_EQ(quotas[0].cores, 2);
  EXPECT_EQ(quotas[0].usage_file, "/sys/fs/cgroup/cpuacct/live/cpuacct.usage");
}

TEST(ProcessorsTest, PassesOverWhatIsNoQuota) {
  FakeFiles files;
  EXPECT_TRUE(FindCpuQuotas(files.reader()).empty());
  files["/proc/self/cgroup"] = kNamespacedCgroup;
  files["/proc/self/mountinfo"] = kNamespacedMounts;
  for (const char* text : {"", "max", "max 100000", "100000", "0 100000", "1 0", "-5 7", "a b"}) {
    files["/sys/fs/cgroup/cpu.max"] = text;
    EXPECT_TRUE(FindCpuQuotas(files.reader()).empty()) << text;
  }
}

TEST(ProcessorsTest, TheRequestWins) {
  EXPECT_DOUBLE_EQ(NodeCores(8, {}, 2.5), 2.5);
  EXPECT_DOUBLE_EQ(NodeCores(0, {}, std::nullopt), 1) << "where the system does not tell";
}

}  // namespace
}  // namespace ingress::node
