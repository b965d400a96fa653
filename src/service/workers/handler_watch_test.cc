#include "service/workers/handler_watch.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

/// As the service does it.
bool GivesUp(HandlerWatch& watch, const HandlerWatch::Look& look, TimePoint now) {
  return watch.Overdue(now) && watch.Hangs(look, now);
}

/// Looks every 250 ms until it is given up; returns when that was, after the last word.
std::chrono::milliseconds GivenUpAfter(bool wants_to_run, double share_of_processor) {
  HandlerWatch watch(kStart);
  for (auto passed = 0ms; passed < 60s; passed += 250ms) {
    const HandlerWatch::Look look{.wants_to_run = wants_to_run,
                                  .processor_time = std::chrono::milliseconds(static_cast<int>(
                                      static_cast<double>(passed.count()) * share_of_processor))};
    if (GivesUp(watch, look, kStart + passed)) return passed;
  }
  return 60s;
}

TEST(HandlerWatchTest, GivesUpWhoSleepsInSilence) { EXPECT_EQ(GivenUpAfter(false, 0), 2250ms); }

TEST(HandlerWatchTest, GivesUpWhoSpinsInSilence) { EXPECT_EQ(GivenUpAfter(true, 1), 2250ms); }

TEST(HandlerWatchTest, IsPatientWithWhoGetsNoProcessor) {
  EXPECT_EQ(GivenUpAfter(true, 0.05), 10s);
}

TEST(HandlerWatchTest, TimeInWhichNobodyLookedDoesNotCount) {
  for (const auto stopped : {3s, 12s, 3600s}) {
    for (const bool wants_to_run : {false, true}) {
      HandlerWatch watch(kStart);
      EXPECT_FALSE(GivesUp(watch, {.wants_to_run = wants_to_run}, kStart + 250ms));
      const TimePoint resumed = kStart + 250ms + stopped;
      EXPECT_FALSE(GivesUp(watch, {.wants_to_run = wants_to_run}, resumed)) << stopped.count();
      TimePoint now = resumed;
      while (!GivesUp(watch, {.wants_to_run = wants_to_run}, now)) now += 250ms;
      EXPECT_EQ(now - resumed, wants_to_run ? 10s : 2250ms) << "it hangs all the same";
    }
  }
}

TEST(HandlerWatchTest, BelievesWhoSpeaks) {
  HandlerWatch watch(kStart);
  for (auto passed = 0s; passed < 100s; passed += 1s) {
    EXPECT_FALSE(GivesUp(watch, {.wants_to_run = true, .processor_time = passed}, kStart + passed));
    watch.OnWord(kStart + passed);
  }
}

TEST(HandlerWatchTest, NeedNotBeLookedUpWhileItSpeaks) {
  HandlerWatch watch(kStart);
  for (auto passed = 0ms; passed < 10s; passed += 250ms) {
    EXPECT_FALSE(watch.Overdue(kStart + passed));
    if (passed % 1s == 0ms) watch.OnWord(kStart + passed);
  }
}

}  // namespace
}  // namespace ingress::service
