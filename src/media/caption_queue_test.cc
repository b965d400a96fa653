#include "media/caption_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::media {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CaptionQueueTest, HandsEntriesOfSkippedPicturesOn) {
  CaptionQueue queue;
  queue.Add(Bytes{0xfc, 1, 1, 0xff, 2, 2});
  queue.Add(Bytes{0xfc, 3, 3, 0xfe, 4, 4});
  EXPECT_THAT(queue.Take(), ElementsAre(0xfc, 1, 1, 0xfc, 3, 3, 0xff, 2, 2, 0xfe, 4, 4));
  EXPECT_THAT(queue.Take(), IsEmpty());
}

TEST(CaptionQueueTest, LeavesPaddingAndBrokenEntriesOut) {
  CaptionQueue queue;
  queue.Add(Bytes{0xfa, 0, 0, 0xfc, 5, 5, 0xfc});
  EXPECT_THAT(queue.Take(), ElementsAre(0xfc, 5, 5));
}

TEST(CaptionQueueTest, NeverGivesAPictureMoreThanItCanCarry) {
  CaptionQueue queue;
  for (int i = 0; i < 5000; ++i) queue.Add(Bytes{0xfe, 1, 2});
  std::size_t taken = 0;
  for (Bytes entries = queue.Take(); !entries.empty(); entries = queue.Take()) {
    EXPECT_LE(entries.size(), 31U * 3);
    taken += entries.size() / 3;
  }
  EXPECT_EQ(taken, CaptionQueue::kMaxWaiting);
}

}  // namespace
}  // namespace ingress::media
