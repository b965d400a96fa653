#include "node/idle_meter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "node/testing/fake_files.h"

namespace ingress::node {
namespace {

using namespace std::chrono_literals;
using Version = CgroupPath::Version;

constexpr int kTicksPerSecond = 100;

/// A machine of two processors, and what their counters say while it is busy.
class IdleMeterTest : public ::testing::Test {
 protected:
  IdleMeter MakeMeter(std::vector<CpuQuota> quotas = {}) {
    Write();
    return {{0, 1}, std::move(quotas), files_.reader()};
  }

  /// A second in which so much of each processor was used.
  void Pass(IdleMeter& meter, double first, double second) {
    busy_[0] += first * kTicksPerSecond;
    busy_[1] += second * kTicksPerSecond;
    idle_[0] += (1 - first) * kTicksPerSecond;
    idle_[1] += (1 - second) * kTicksPerSecond;
    now_ += 1s;
    Write();
    meter.Sample(now_);
  }

  void Write() {
    files_["/proc/stat"] = fmt::format(
        "cpu  9 9 9 9 9 9 9 9 9 9\n"
        "cpu0 {:.0f} 0 7 {:.0f} 3 0 2 0 0 0\n"
        "cpu1 5 0 {:.0f} {:.0f} 0 1 0 4 0 0\n"
        "cpu2 1 1 1 1 1 1 1 1 1 1\n"
        "intr 1 2 3\n",
        busy_[0], idle_[0], busy_[1], idle_[1]);
  }

  FakeFiles files_;
  double busy_[2] = {100, 200};
  double idle_[2] = {5000, 6000};
  TimePoint now_{1h};
};

TEST_F(IdleMeterTest, KnowsNothingBeforeTheSecondSample) {
  IdleMeter meter = MakeMeter();
  EXPECT_EQ(meter.idle(), std::nullopt);
  meter.Sample(now_);
  EXPECT_EQ(meter.idle(), std::nullopt);
  Pass(meter, 0, 0.5);
  EXPECT_NEAR(*meter.idle(), 1.5, 0.01);
}

TEST_F(IdleMeterTest, SeesWhateverElseRunsOnTheHost) {
  IdleMeter meter = MakeMeter();
  meter.Sample(now_);
  Pass(meter, 0, 0);
  for (int i = 0; i < 30; ++i) Pass(meter, 1, 1);
  EXPECT_LT(*meter.idle(), 0.05);
  for (int i = 0; i < 30; ++i) Pass(meter, 0, 1);
  EXPECT_NEAR(*meter.idle(), 1, 0.05);
}

TEST_F(IdleMeterTest, ABurstOfASecondIsNoBusyNode) {
  IdleMeter meter = MakeMeter();
  meter.Sample(now_);
  for (int i = 0; i < 10; ++i) Pass(meter, 0, 0);
  Pass(meter, 1, 1);
  EXPECT_GT(*meter.idle(), 1.5);
  for (int i = 0; i < 8; ++i) Pass(meter, 1, 1);
  EXPECT_LT(*meter.idle(), 0.3) << "ten seconds are one";
}

TEST_F(IdleMeterTest, CountsProcessorsThatWeMayUseOnly) {
  Write();
  IdleMeter meter({1}, {}, files_.reader());
  meter.Sample(now_);
  Pass(meter, 1, 0.25);
  EXPECT_NEAR(*meter.idle(), 0.75, 0.01);
}

TEST_F(IdleMeterTest, AQuotaThatIsUsedUpLeavesNothingHoweverIdleTheHost) {
  IdleMeter meter =
      MakeMeter({{.cores = 0.5, .version = Version::kV1, .usage_file = "/cg/cpuacct.usage"}});
  files_["/cg/cpuacct.usage"] = "1000000000\n";
  meter.Sample(now_);
  files_["/cg/cpuacct.usage"] = "1400000000\n";
  Pass(meter, 0, 0);
  EXPECT_NEAR(*meter.idle(), 0.1, 0.01);
}

TEST_F(IdleMeterTest, OfSeveralQuotasTheTightestCounts) {
  IdleMeter meter =
      MakeMeter({{.cores = 1, .version = Version::kV2, .usage_file = "/a/cpu.stat"},
                 {.cores = 1.5, .version = Version::kV2, .usage_file = "/b/cpu.stat"}});
  files_["/a/cpu.stat"] = "usage_usec 1000000\nuser_usec 1\n";
  files_["/b/cpu.stat"] = "usage_usec 5000000\nuser_usec 1\n";
  meter.Sample(now_);
  files_["/a/cpu.stat"] = "usage_usec 1200000\nuser_usec 1\n";
  files_["/b/cpu.stat"] = "usage_usec 6300000\nuser_usec 1\n";
  Pass(meter, 0, 0);
  EXPECT_NEAR(*meter.idle(), 0.2, 0.01);
}

TEST_F(IdleMeterTest, MakesDoWithCountersThatAreGoneOrFall) {
  IdleMeter meter =
      MakeMeter({{.cores = 1, .version = Version::kV2, .usage_file = "/gone/cpu.stat"}});
  meter.Sample(now_);
  idle_[0] -= 50;
  Pass(meter, 1, 0);
  ASSERT_TRUE(meter.idle());
  EXPECT_GE(*meter.idle(), 0);
  EXPECT_LE(*meter.idle(), 2);
  for (const char* text : {"", "cpu", "cpu0", "cpu0 1 2\n", "cpuX 1 2 3 4 5 6 7 8\n"}) {
    files_["/proc/stat"] = text;
    now_ += 1s;
    meter.Sample(now_);
    now_ += 1s;
    meter.Sample(now_);
  }
  EXPECT_TRUE(meter.idle()) << "the last one that was known";
}

TEST_F(IdleMeterTest, TheRealFilesAreRead) {
  IdleMeter meter(UsableProcessors(), FindCpuQuotas(SystemFiles()), SystemFiles());
  meter.Sample(now_);
  EXPECT_EQ(meter.idle(), std::nullopt);
  EXPECT_TRUE(SystemFiles()("/proc/stat").value_or("").starts_with("cpu"));
  EXPECT_EQ(SystemFiles()("/proc/no such file"), std::nullopt);
}

}  // namespace
}  // namespace ingress::node
