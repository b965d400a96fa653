#include "srtp/replay_window.h"

#include <gtest/gtest.h>

namespace ingress::srtp {
namespace {

TEST(ReplayWindowTest, AcceptsTheFirstIndexOnce) {
  ReplayWindow window;
  EXPECT_TRUE(window.Accepts(0));
  window.Insert(0);
  EXPECT_FALSE(window.Accepts(0));
}

TEST(ReplayWindowTest, AcceptsWhatCameLateOnce) {
  ReplayWindow window;
  window.Insert(10);
  window.Insert(12);
  EXPECT_TRUE(window.Accepts(11));
  window.Insert(11);
  for (const std::uint64_t seen : {10, 11, 12}) EXPECT_FALSE(window.Accepts(seen));
  EXPECT_TRUE(window.Accepts(13));
}

TEST(ReplayWindowTest, RefusesWhatIsOlderThanTheWindow) {
  ReplayWindow window;
  window.Insert(1000);
  EXPECT_TRUE(window.Accepts(1000 - ReplayWindow::kSize + 1));
  EXPECT_FALSE(window.Accepts(1000 - ReplayWindow::kSize));
}

TEST(ReplayWindowTest, ForgetsNothingInsideTheWindowWhenItMoves) {
  ReplayWindow window;
  window.Insert(0);
  window.Insert(ReplayWindow::kSize - 1);
  EXPECT_FALSE(window.Accepts(0));
  window.Insert(10 * ReplayWindow::kSize);
  EXPECT_TRUE(window.Accepts(10 * ReplayWindow::kSize - 1));
}

}  // namespace
}  // namespace ingress::srtp
