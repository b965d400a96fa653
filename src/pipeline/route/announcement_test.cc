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

TEST(AnnouncementTest, AsksTheEncoderForOnePictureAndKeepsIt) {
  Announcement announcement;
  announcement.Begin(kStart);
  announcement.AskEncoder();
  EXPECT_TRUE(announcement.asks_encoder());
  announcement.OnEncoded({.payload = {1}, .pts = 1s, .key_frame = true});
  EXPECT_FALSE(announcement.asks_encoder());
  ASSERT_TRUE(announcement.encoded());
  EXPECT_EQ(announcement.encoded()->pts, 1s);
  announcement.OnFormat();
  EXPECT_FALSE(announcement.encoded()) << "it is of another format";
}

TEST(AnnouncementTest, AsksTheEncoderNoMoreWhenTheServerHasSpoken) {
  Announcement announcement;
  announcement.Begin(kStart);
  announcement.AskEncoder();
  announcement.End();
  EXPECT_FALSE(announcement.asks_encoder());
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
