// A loop that hangs, in a process of its own.
#include "net/watchdog.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/stack_trace.h"

namespace ingress::net {
namespace {

using namespace std::chrono_literals;
using ::testing::KilledBySignal;

[[gnu::noinline]] void StandStill() {
  while (poll(nullptr, 0, -1) <= 0) {
  }
}

/// Runs a loop that stands still after some turns.
void RunUntilItHangs() {
  PrepareStackTraces();
  boost::asio::io_context loop(1);
  Watchdog watchdog(loop.get_executor(), {.limit = 250ms});
  watchdog.Start();
  boost::asio::steady_timer some_turns(loop, 50ms);
  some_turns.async_wait([](auto) { StandStill(); });
  loop.run();
}

TEST(WatchdogDeathTest, ALoopThatStandsStillEndsTheProcessWithItsStack) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(RunUntilItHangs(), KilledBySignal(SIGABRT),
              "has not turned, ending the process(.|\n)*stack of thread(.|\n)*StandStill");
}

/// The same with a standard error that takes nothing.
void HangWithoutAReader() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0 || dup2(ends[1], STDERR_FILENO) < 0) _exit(1);
  const std::array<char, 4096> filler{};
  pollfd ready{.fd = ends[1], .events = POLLOUT, .revents = 0};
  while (poll(&ready, 1, 0) == 1) {
    if (write(ends[1], filler.data(), filler.size()) < 0) _exit(2);
  }
  RunUntilItHangs();
}

TEST(WatchdogDeathTest, TheProcessEndsThoughNobodyReadsItsLastWords) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(HangWithoutAReader(), KilledBySignal(SIGALRM), "");
}

TEST(WatchdogTest, LetsALoopEndThatHasNoOtherWork) {
  boost::asio::io_context loop(1);
  Watchdog watchdog(loop.get_executor(), {});
  watchdog.Start();
  boost::asio::post(loop, [&] { watchdog.Stop(); });
  loop.run();
  EXPECT_GE(watchdog.turns().longest(), 0ns);
}

}  // namespace
}  // namespace ingress::net
