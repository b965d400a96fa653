#include "node/node_memory.h"

#include <gtest/gtest.h>

#include "node/testing/fake_files.h"

namespace ingress::node {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

class NodeMemoryTest : public ::testing::Test {
 protected:
  NodeMemoryTest() {
    files_["/proc/meminfo"] =
        "MemTotal:        4194304 kB\nMemFree:          102400 kB\nMemAvailable:    2097152 kB\n";
  }

  NodeMemory Read(const char* cgroup, const char* mounts) {
    return ReadNodeMemory(files_.reader(), FindCgroup(cgroup, mounts, "memory"));
  }

  FakeFiles files_;
};

TEST_F(NodeMemoryTest, IsTheHostsWithoutALimit) {
  const NodeMemory memory = Read("", "");
  EXPECT_EQ(memory.total, 4096 * kMegabyte);
  EXPECT_EQ(memory.free, 2048 * kMegabyte);
}

TEST_F(NodeMemoryTest, IsCutByALimitOfVersion2) {
  files_["/sys/fs/cgroup/memory.max"] = "419430400\n";
  files_["/sys/fs/cgroup/memory.current"] = "314572800\n";
  files_["/sys/fs/cgroup/memory.stat"] = "anon 1\nfile 9\ninactive_file 104857600\n";
  const NodeMemory memory = Read(kNamespacedCgroup, kNamespacedMounts);
  EXPECT_EQ(memory.total, 400 * kMegabyte);
  EXPECT_EQ(memory.free, 200 * kMegabyte);
}

TEST_F(NodeMemoryTest, IsCutByALimitOfVersion1) {
  files_["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "419430400\n";
  files_["/sys/fs/cgroup/memory/memory.usage_in_bytes"] = "314572800\n";
  files_["/sys/fs/cgroup/memory/memory.stat"] = "inactive_file 7\ntotal_inactive_file 104857600\n";
  const NodeMemory memory = Read(kDockerCgroup, kDockerMounts);
  EXPECT_EQ(memory.total, 400 * kMegabyte);
  EXPECT_EQ(memory.free, 200 * kMegabyte);
}

TEST_F(NodeMemoryTest, IsWhatTheTightestOfSeveralLevelsLeaves) {
  const std::string slice = "/sys/fs/cgroup/system.slice";
  files_[slice + "/ingress.service/memory.max"] = "1073741824\n";
  files_[slice + "/ingress.service/memory.current"] = "1048576\n";
  files_[slice + "/memory.max"] = "2147483648\n";
  files_[slice + "/memory.current"] = "2147483648\n";
  const NodeMemory memory = Read(kServiceCgroup, kServiceMounts);
  EXPECT_EQ(memory.total, 1024 * kMegabyte);
  EXPECT_EQ(memory.free, 0U) << "neighbours have taken it";
}

TEST_F(NodeMemoryTest, PassesOverWhatIsNoLimit) {
  for (const char* text : {"max\n", "", "0\n", "9223372036854771712\n", "-1\n"}) {
    files_["/sys/fs/cgroup/memory.max"] = text;
    files_["/sys/fs/cgroup/memory.current"] = "314572800\n";
    EXPECT_EQ(Read(kNamespacedCgroup, kNamespacedMounts).total, 4096 * kMegabyte) << text;
  }
}

}  // namespace
}  // namespace ingress::node
