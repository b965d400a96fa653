#include "pipeline/route/announcement.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint() + 1h;

TEST(AnnouncementTest, WaitsForTheTransport) {
  Announcement announcement;
  EXPECT_FALSE(announcement.Due(kStart));
  EXPECT_FALSE(announcement.over(kStart));
  announcement.Begin(kStart);
  EXPECT_TRUE(announcement.Due(kStart));
}

TEST(AnnouncementTest, IsDueUntilAPictureWasSentAndAgainLater) {
  Announcement announcement;
  announcement.Begin(kStart);
  EXPECT_TRUE(announcement.Due(kStart + 300ms)) << "there was none to send";
  announcement.OnSent(kStart + 300ms);
  EXPECT_FALSE(announcement.Due(kStart + 310ms));
  EXPECT_TRUE(announcement.Due(kStart + 300ms + Announcement::kRepeatEvery));
}

TEST(AnnouncementTest, EndsWithTheServersWord) {
  Announcement announcement;
  announcement.Begin(kStart);
  announcement.End();
  EXPECT_FALSE(announcement.Due(kStart + 5s));
  EXPECT_FALSE(announcement.over(kStart + 1min));
}

TEST(AnnouncementTest, DoesNotGoOnForEverWithoutOne) {
  Announcement announcement;
  announcement.Begin(kStart);
  EXPECT_FALSE(announcement.over(kStart + 11s));
  EXPECT_FALSE(announcement.Due(kStart + Announcement::kRepeatFor));
  EXPECT_TRUE(announcement.over(kStart + Announcement::kRepeatFor));
}

}  // namespace
}  // namespace ingress::pipeline
