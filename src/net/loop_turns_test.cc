#include "net/loop_turns.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ingress::net {
namespace {

using namespace std::chrono_literals;

TEST(LoopTurnsTest, ATurnLastsFromItsEventsToTheNextWait) {
  LoopTurns turns;
  turns.OnWake(TimePoint{1h});
  turns.OnWait(TimePoint{1h + 3ms});
  turns.OnWake(TimePoint{2h});
  turns.OnWait(TimePoint{2h + 2ms});
  EXPECT_EQ(turns.meter().longest(), 3ms) << "what the loop waits is no turn";
  EXPECT_EQ(turns.steps(), 4U);
}

/// Keeps a loop for `time`.
void Occupy(std::chrono::milliseconds time) {
  const TimePoint until = Clock::now() + time;
  while (Clock::now() < until) {
  }
}

TEST(LoopTurnsTest, SeesEachTurnOfAnAsioLoop) {
  boost::asio::io_context loop(1);
  boost::asio::steady_timer timer(loop, 30ms);
  LoopTurns turns;
  timer.async_wait([](auto) { Occupy(8ms); });
  turns.Attach();
  loop.run();
  turns.Detach();
  EXPECT_GE(turns.meter().longest(), 8ms);
  EXPECT_GE(turns.steps(), 3U);
}

TEST(LoopTurnsTest, SeesNothingOfALoopThatItIsNotAttachedTo) {
  LoopTurns turns;
  turns.Attach();
  turns.Detach();
  const std::uint64_t steps = turns.steps();
  boost::asio::io_context loop(1);
  boost::asio::steady_timer timer(loop, 1ms);
  timer.async_wait([](auto) {});
  loop.run();
  EXPECT_EQ(turns.steps(), steps);
}

}  // namespace
}  // namespace ingress::net
