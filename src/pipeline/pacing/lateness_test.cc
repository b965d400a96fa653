#include "pipeline/pacing/lateness.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(LatenessTest, TellsTheBoundsOfTheLastTwoWindows) {
  Lateness lateness(500ms);
  lateness.Note(30ms, 1s);
  lateness.Note(-5ms, 1100ms);
  lateness.Note(10ms, 1600ms);
  EXPECT_EQ(lateness.earliest(), -5ms);
  EXPECT_EQ(lateness.latest(), 30ms);
  lateness.Note(12ms, 2100ms);
  EXPECT_EQ(lateness.earliest(), 10ms);
  EXPECT_EQ(lateness.latest(), 12ms);
}

TEST(LatenessTest, ForgetsWhatWasBeforeALongPause) {
  Lateness lateness(500ms);
  lateness.Note(30ms, 1s);
  lateness.Note(7ms, 2s);
  EXPECT_EQ(lateness.earliest(), 7ms);
  EXPECT_EQ(lateness.latest(), 7ms);
}

}  // namespace
}  // namespace ingress::pipeline
