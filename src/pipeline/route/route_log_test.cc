#include "pipeline/route/route_log.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using Change = RouteLog::Change;

TEST(RouteLogTest, TellsTheFirstRouteAndEachLastingChange) {
  RouteLog log;
  EXPECT_EQ(log.Note(Route::kIdle, "the source fits"), Change::kRoute);
  EXPECT_EQ(log.Note(Route::kIdle, "the source fits"), Change::kNothing);
  EXPECT_EQ(log.Note(Route::kHybrid, "the source fits"), Change::kRoute);
  EXPECT_EQ(log.Note(Route::kIdle, "the source fits"), Change::kRoute);
}

TEST(RouteLogTest, ViewersWhoComeAndGoAreNoNews) {
  RouteLog log;
  log.Note(Route::kHybrid, "the source fits");
  for (int viewer = 0; viewer < 3; ++viewer) {
    EXPECT_EQ(log.Note(Route::kBridge, "the source fits"), Change::kMomentary);
    EXPECT_EQ(log.Note(Route::kBridge, "the source fits"), Change::kNothing);
    EXPECT_EQ(log.Note(Route::kHybrid, "the source fits"), Change::kMomentary);
  }
}

TEST(RouteLogTest, AChangeAcrossABridgeIsToldOnce) {
  RouteLog log;
  log.Note(Route::kHybrid, "the source fits");
  log.Note(Route::kBridge, "the source fits");
  EXPECT_EQ(log.Note(Route::kLadder, "the source sends B-frames"), Change::kRoute);
  EXPECT_EQ(log.Note(Route::kLadder, "the source sends B-frames"), Change::kNothing);
}

TEST(RouteLogTest, ANewReasonOfTheSameRouteIsTold) {
  RouteLog log;
  log.Note(Route::kLadder, "the source sends B-frames");
  EXPECT_EQ(log.Note(Route::kLadder, "the source sends 9000 kb/s"), Change::kReason);
  EXPECT_EQ(log.Note(Route::kLadder, "the source sends 9000 kb/s"), Change::kNothing);
}

TEST(RouteLogTest, AFigureThatMovesIsNoNews) {
  RouteLog log;
  log.Note(Route::kLadder, "the source sends 9000 kb/s, at most 3800 kb/s");
  EXPECT_EQ(log.Note(Route::kLadder, "the source sends 10120 kb/s, at most 3800 kb/s"),
            Change::kNothing);
}

}  // namespace
}  // namespace ingress::pipeline
