#include "node/cgroups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/testing/fake_files.h"

namespace ingress::node {
namespace {

using ::testing::ElementsAre;
using Version = CgroupPath::Version;

TEST(CgroupsTest, FindsAContainerWithANamespaceOfItsOwn) {
  const CgroupPath path = FindCgroup(kNamespacedCgroup, kNamespacedMounts, "cpu");
  EXPECT_EQ(path.version, Version::kV2);
  EXPECT_THAT(path.levels, ElementsAre("/sys/fs/cgroup"));
}

TEST(CgroupsTest, FindsAServiceAndWhatItLiesIn) {
  const CgroupPath path = FindCgroup(kServiceCgroup, kServiceMounts, "memory");
  EXPECT_EQ(path.version, Version::kV2);
  EXPECT_THAT(path.levels, ElementsAre("/sys/fs/cgroup/system.slice/ingress.service",
                                       "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"));
}

TEST(CgroupsTest, FindsAContainerThatSeesItsPartOfTheHierarchyOnly) {
  const CgroupPath cpu = FindCgroup(kDockerCgroup, kDockerMounts, "cpuacct");
  EXPECT_EQ(cpu.version, Version::kV1);
  EXPECT_THAT(cpu.levels, ElementsAre("/sys/fs/cgroup/cpu,cpuacct"));
  EXPECT_THAT(FindCgroup(kDockerCgroup, kDockerMounts, "memory").levels,
              ElementsAre("/sys/fs/cgroup/memory"));
}

TEST(CgroupsTest, PrefersTheVersionThatHasTheController) {
  const CgroupPath path = FindCgroup(kHybridCgroup, kHybridMounts, "cpu");
  EXPECT_EQ(path.version, Version::kV1);
  EXPECT_THAT(path.levels, ElementsAre("/sys/fs/cgroup/cpu/live/ingress", "/sys/fs/cgroup/cpu/live",
                                       "/sys/fs/cgroup/cpu"));
  EXPECT_THAT(FindCgroup(kHybridCgroup, kHybridMounts, "pids").levels,
              ElementsAre("/sys/fs/cgroup/unified/live", "/sys/fs/cgroup/unified"));
}

TEST(CgroupsTest, TakesTheMountForACgroupThatCannotBeSeen) {
  const char* mounts = "2 1 0:29 /pod/a /cg rw - cgroup2 cgroup2 rw\n";
  for (const char* cgroup : {"0::/../b\n", "0::/pod/ab\n", "0::/elsewhere\n", "0::/pod/a\n"}) {
    EXPECT_THAT(FindCgroup(cgroup, mounts, "cpu").levels, ElementsAre("/cg")) << cgroup;
  }
  EXPECT_THAT(FindCgroup("0::/pod/a/b\n", mounts, "cpu").levels, ElementsAre("/cg/b", "/cg"));
}

TEST(CgroupsTest, ReadsEscapedNames) {
  EXPECT_THAT(
      FindCgroup("0::/a\n", "2 1 0:29 / /my\\040groups rw - cgroup2 none rw\n", "cpu").levels,
      ElementsAre("/my groups/a", "/my groups"));
}

TEST(CgroupsTest, FindsNothingWhereThereIsNothing) {
  for (const char* mounts :
       {"", "\n", "- - -", "1 2 3 4 5 - cgroup2", "1 2 3 / /x rw - ext4 a rw\n"}) {
    EXPECT_EQ(FindCgroup("0::/\n", mounts, "cpu").version, Version::kNone) << mounts;
  }
  for (const char* cgroup : {"", "0", "0:", "x\ny", ":::"}) {
    EXPECT_THAT(FindCgroup(cgroup, kServiceMounts, "cpu").levels.size(), ::testing::Le(2U));
  }
}

}  // namespace
}  // namespace ingress::node
