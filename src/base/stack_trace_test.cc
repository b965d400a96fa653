#include "base/stack_trace.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/unique_fd.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;

/// Waits until the other end of the pipe is closed.
[[gnu::noinline]] void StandStillForTheTest(int fd, std::atomic<pid_t>& thread) {
  thread = gettid();
  pollfd end{.fd = fd, .events = POLLIN, .revents = 0};
  while (poll(&end, 1, -1) < 0) {
  }
}

TEST(StackTraceTest, NamesWhereAnotherThreadWaits) {
  PrepareStackTraces();
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::atomic<pid_t> thread = 0;
  std::thread waiting([&] { StandStillForTheTest(reader.get(), thread); });
  while (thread == 0) std::this_thread::yield();
  testing::internal::CaptureStderr();
  EXPECT_TRUE(WriteStackOf(thread, 20s));
  const std::string text = testing::internal::GetCapturedStderr();
  writer.Reset();
  waiting.join();
  EXPECT_NE(text.find("stack of thread " + std::to_string(thread)), std::string::npos) << text;
  EXPECT_NE(text.find("poll+0x"), std::string::npos) << text;
  EXPECT_NE(text.find("StandStillForTheTest"), std::string::npos) << text;
}

TEST(StackTraceTest, GivesUpOnAThreadThatIsNotThere) {
  PrepareStackTraces();
  constexpr pid_t kNoThread = 4'194'305;  // above the kernel's limit, proc(5) pid_max
  EXPECT_FALSE(WriteStackOf(kNoThread, 1ms));
}

}  // namespace
}  // namespace ingress
