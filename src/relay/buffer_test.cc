#include "relay/buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/testing/test_tags.h"

namespace ingress::relay {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Buffer::Limits kLimits{.bytes = 1'000'000, .media = 1000ms};

std::vector<std::string> TakeAll(Buffer& buffer, Buffer::ReaderId reader) {
  return Notation(buffer.Take(reader, 1'000'000, 1000));
}

void PushAll(Buffer& buffer, std::vector<flv::Tag> tags) {
  for (flv::Tag& tag : tags) buffer.Push(std::move(tag));
}

TEST(BufferTest, GivesTheFirstReaderEverythingKept) {
  Buffer buffer(kLimits);
  PushAll(buffer, {Metadata(0), VideoHeader(0), AudioHeader(0), Key(0), Audio(10), Inter(40),
                   Key(80), Inter(120)});
  const auto reader = buffer.Attach(true);
  EXPECT_TRUE(buffer.has_main());
  EXPECT_THAT(TakeAll(buffer, reader),
              ElementsAre("m@0", "hv@0", "ha@0", "K@0", "a@10", "i@40", "K@80", "i@120"));
  EXPECT_THAT(TakeAll(buffer, reader), IsEmpty());
  buffer.Push(Inter(160));
  EXPECT_THAT(TakeAll(buffer, reader), ElementsAre("i@160"));
}

TEST(BufferTest, GivesHeadersBeforeTheFirstFrameTimestampZero) {
  Buffer buffer(kLimits);
  PushAll(buffer, {VideoHeader(5000), AudioHeader(5000), Key(5000), VideoHeader(5040)});
  const auto reader = buffer.Attach(true);
  EXPECT_THAT(TakeAll(buffer, reader), ElementsAre("hv@0", "ha@0", "K@5000", "hv@5040"));
}

TEST(BufferTest, StartsATapAtTheNewestKeyFrameWithTheHeadersInForceThere) {
  Buffer buffer(kLimits);
  PushAll(buffer, {Metadata(0), VideoHeader(0, 0x42), AudioHeader(0), Key(0), Inter(40)});
  const auto main = buffer.Attach(true);
  TakeAll(buffer, main);
  PushAll(buffer, {VideoHeader(80, 0x64), Key(80), Inter(120), VideoHeader(160, 0x4d)});

  const auto tap = buffer.Attach(true);
  const auto tags = buffer.Take(tap, 1'000'000, 1000);
  EXPECT_THAT(Notation(tags), ElementsAre("m@0", "hv@0", "ha@0", "K@80", "i@120", "hv@160"));
  EXPECT_EQ(tags[1].payload->at(6), 0x64);  // not the one that came after the key frame
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("hv@80", "K@80", "i@120", "hv@160"));
}

TEST(BufferTest, LetsATapWaitForAKeyFrameWhenNoneIsKept) {
  Buffer buffer({.bytes = 2000, .media = 1000ms});
  const auto main = buffer.Attach(true);
  buffer.Push(VideoHeader(0));
  for (const flv::Tag& tag : {Key(0, 500), Inter(40, 500), Inter(80, 500), Inter(120, 500)}) {
    buffer.Push(tag);
    TakeAll(buffer, main);
  }
  const auto tap = buffer.Attach(false);
  PushAll(buffer, {Inter(160), Audio(170), Key(200), Inter(240)});
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("hv@0", "a@170", "K@200", "i@240"));
  EXPECT_EQ(buffer.main_dropped().total(), 0U);
}

// Parameter sets in front of the key picture, and slices of it, in messages of their own.
TEST(BufferTest, BeginsAPictureInPartsWithItsFirstPart) {
  Buffer buffer(kLimits);
  const auto main = buffer.Attach(true);
  PushAll(buffer, {VideoHeader(0), Inter(0), Key(0), Key(0), Inter(40)});
  TakeAll(buffer, main);
  PushAll(buffer, {Inter(80), Audio(80), Key(80), Key(80), Key(80), Inter(120), Inter(120)});
  const auto tap = buffer.Attach(false);
  EXPECT_THAT(TakeAll(buffer, tap),
              ElementsAre("hv@0", "i@80", "a@80", "K@80", "K@80", "K@80", "i@120", "i@120"));
}

TEST(BufferTest, LosesNoPartOfTheKeyPictureAfterADrop) {
  Buffer buffer({.bytes = 1'000'000, .media = 150ms});
  const auto main = buffer.Attach(true);
  PushAll(buffer, {VideoHeader(0), Key(0), Inter(40), Inter(80), Inter(120), Key(120), Inter(160),
                   Inter(200)});
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("hv@0", "i@120", "K@120", "i@160", "i@200"));
}

TEST(BufferTest, FindsKeyFramesInAStreamWithoutTimestamps) {
  Buffer buffer(kLimits);
  const auto main = buffer.Attach(true);
  for (int i = 0; i < Buffer::kMaxParts; ++i) buffer.Push(i % 60 == 0 ? Key(0) : Inter(0));
  PushAll(buffer, {Key(0), Inter(0)});
  TakeAll(buffer, main);
  const auto tap = buffer.Attach(false);
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("K@0", "i@0"));
}

TEST(BufferTest, LetsATapStartAnywhereInAStreamWithoutVideo) {
  Buffer buffer(kLimits);
  const auto main = buffer.Attach(true);
  PushAll(buffer, {AudioHeader(0), Audio(0), Audio(20)});
  TakeAll(buffer, main);
  const auto tap = buffer.Attach(true);
  buffer.Push(Audio(40));
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("ha@0", "a@40"));
}

TEST(BufferTest, NeverMakesAReaderMainThatMayNotBe) {
  Buffer buffer(kLimits);
  PushAll(buffer, {VideoHeader(0), Key(0), Inter(40), Key(80)});
  const auto tap = buffer.Attach(false);
  EXPECT_FALSE(buffer.has_main());
  EXPECT_TRUE(buffer.main_unclaimed());
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("hv@0", "K@80"));
  const auto main = buffer.Attach(true);
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("hv@0", "K@0", "i@40", "K@80"));
}

TEST(BufferTest, LetsASecondMainReaderGoOnFromTheNewestKeyFrame) {
  Buffer buffer(kLimits);
  PushAll(buffer, {VideoHeader(0), Key(0), Inter(40)});
  const auto first = buffer.Attach(true);
  TakeAll(buffer, first);
  buffer.Detach(first);
  PushAll(buffer, {Inter(80), Key(120), Inter(160)});
  const auto second = buffer.Attach(true);
  EXPECT_TRUE(buffer.has_main());
  EXPECT_THAT(TakeAll(buffer, second), ElementsAre("hv@0", "K@120", "i@160"));
}

TEST(BufferTest, SharesPayloadsBetweenReaders) {
  Buffer buffer(kLimits);
  buffer.Push(Key(0));
  const auto main = buffer.Attach(true);
  const auto tap = buffer.Attach(true);
  EXPECT_EQ(buffer.Take(main, 1000, 10).at(0).payload, buffer.Take(tap, 1000, 10).at(0).payload);
}

TEST(BufferTest, LetsGoOfWhatNobodyNeeds) {
  Buffer buffer(kLimits);
  const auto main = buffer.Attach(true);
  PushAll(buffer, {Key(0, 1000), Inter(40, 1000), Key(80, 1000), Inter(120, 1000)});
  TakeAll(buffer, main);
  EXPECT_EQ(buffer.queued_bytes(), 2 * (1000 + Buffer::kTagCost));  // the newest GOP, for taps
  const auto tap = buffer.Attach(false);
  PushAll(buffer, {Key(160, 1000)});
  TakeAll(buffer, main);
  EXPECT_EQ(buffer.queued_bytes(), 3 * (1000 + Buffer::kTagCost));  // the tap lags
  buffer.Detach(tap);
  EXPECT_EQ(buffer.queued_bytes(), 1 * (1000 + Buffer::kTagCost));
}

TEST(BufferTest, StopsATakeAtItsLimits) {
  Buffer buffer(kLimits);
  const auto main = buffer.Attach(true);
  PushAll(buffer, {Key(0, 900), Inter(40, 100), Inter(80, 100), Inter(120, 100)});
  EXPECT_THAT(Notation(buffer.Take(main, 10, 10)), ElementsAre("K@0"));  // at least one
  EXPECT_THAT(Notation(buffer.Take(main, 250, 10)), ElementsAre("i@40", "i@80"));
  PushAll(buffer, {Inter(160), Inter(200)});
  EXPECT_THAT(Notation(buffer.Take(main, 10'000, 2)), ElementsAre("i@120", "i@160"));
}

TEST(BufferTest, DropsWholeGopsOfALaggingMainReader) {
  Buffer buffer({.bytes = 4 * (1000 + Buffer::kTagCost), .media = 10s});
  PushAll(buffer, {Key(0, 1000), Inter(40, 1000), Audio(50, 1000), Key(80, 1000)});
  EXPECT_EQ(buffer.main_dropped().total(), 0U);
  buffer.Push(Inter(120, 1000));
  EXPECT_EQ(buffer.main_dropped().bytes_cap, 3U);
  const auto main = buffer.Attach(true);
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("K@80", "i@120"));
}

TEST(BufferTest, DropsByMediaTime) {
  Buffer buffer({.bytes = 1'000'000, .media = 100ms});
  PushAll(buffer, {Key(0), Inter(40), Key(80), Inter(120)});
  EXPECT_EQ(buffer.main_dropped().media_cap, 2U);
  EXPECT_EQ(buffer.main_lag(), 40ms);
  const auto main = buffer.Attach(true);
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("K@80", "i@120"));
  EXPECT_EQ(buffer.main_lag(), 0ms);
}

TEST(BufferTest, WithholdsInterFramesAfterADropUntilTheNextKeyFrame) {
  Buffer buffer({.bytes = 3 * (1000 + Buffer::kTagCost), .media = 10s});
  const auto main = buffer.Attach(true);
  PushAll(buffer, {Key(0, 1000), Inter(40, 1000), Inter(80, 1000), Inter(120, 1000)});
  EXPECT_EQ(buffer.main_dropped().bytes_cap, 4U);  // no later key frame: all of it
  PushAll(buffer, {Inter(160), Audio(170), Key(200), Inter(240)});
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("a@170", "K@200", "i@240"));
  EXPECT_EQ(buffer.main_dropped().awaiting_key, 1U);
}

TEST(BufferTest, GivesUpWaitingForAKeyFrameThatNeverComes) {
  Buffer buffer({.bytes = 1'000'000, .media = 60s});
  const auto tap = buffer.Attach(false);
  for (std::uint32_t second = 0; second <= 11; ++second) buffer.Push(Inter(second * 1000));
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("i@10000", "i@11000"));
}

TEST(BufferTest, DropsTheOldestTagsOfAStreamWithoutVideo) {
  Buffer buffer({.bytes = 1'000'000, .media = 50ms});
  const auto main = buffer.Attach(true);
  PushAll(buffer, {AudioHeader(0), Audio(0), Audio(20), Audio(40), Audio(60), Audio(80)});
  EXPECT_EQ(buffer.main_dropped().media_cap, 2U);
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("ha@0", "a@40", "a@60", "a@80"));
}

TEST(BufferTest, NeverLosesTheNewestHeadersByADrop) {
  Buffer buffer({.bytes = 1'000'000, .media = 100ms});
  const auto main = buffer.Attach(true);
  PushAll(buffer, {VideoHeader(0, 0x42), AudioHeader(0), Key(0), Inter(20)});
  EXPECT_THAT(TakeAll(buffer, main), ElementsAre("hv@0", "ha@0", "K@0", "i@20"));
  PushAll(buffer, {Inter(40), VideoHeader(60, 0x4d), Key(60), VideoHeader(80, 0x64), Key(80),
                   Inter(120), Key(160), Inter(200)});
  const auto tags = buffer.Take(main, 1'000'000, 1000);
  EXPECT_THAT(Notation(tags), ElementsAre("hv@80", "K@160", "i@200"));
  EXPECT_EQ(tags[0].payload->at(6), 0x64);
}

TEST(BufferTest, DoesNotPunishAReaderThatKeepsUpForAGopAboveTheCap) {
  Buffer buffer({.bytes = 3 * (1000 + Buffer::kTagCost), .media = 100ms});
  const auto main = buffer.Attach(true);
  buffer.Push(Key(0, 1000));
  TakeAll(buffer, main);
  for (std::uint32_t time = 40; time < 4000; time += 40) {
    buffer.Push(Inter(time, 1000));
    ASSERT_EQ(TakeAll(buffer, main).size(), 1U);
    ASSERT_LE(buffer.queued_bytes(), 3 * (1000 + Buffer::kTagCost));
  }
  EXPECT_EQ(buffer.main_dropped().total(), 0U);
}

TEST(BufferTest, LetsALaggingTapLoseWithoutHarmToTheMainReader) {
  Buffer buffer({.bytes = 1'000'000, .media = 100ms});
  const auto main = buffer.Attach(true);
  const auto tap = buffer.Attach(true);
  std::size_t taken = 0;
  for (std::uint32_t time = 0; time < 1000; time += 20) {
    buffer.Push(time % 200 == 0 ? Key(time) : Inter(time));
    taken += TakeAll(buffer, main).size();
  }
  EXPECT_EQ(taken, 50U);
  EXPECT_EQ(buffer.main_dropped().total(), 0U);
  EXPECT_LE(buffer.queued_bytes(), 12 * (20 + Buffer::kTagCost));
  PushAll(buffer, {Key(1000), Inter(1020)});
  EXPECT_THAT(TakeAll(buffer, tap), ElementsAre("K@1000", "i@1020"));
}

TEST(BufferTest, CountsNoMediaWhereTheEncoderSetsItsClock) {
  Buffer buffer({.bytes = 1'000'000, .media = 1000ms});
  PushAll(buffer, {Key(0xffffffe0), Inter(8), Inter(4), Inter(3'600'000), Inter(20), Inter(60)});
  EXPECT_EQ(buffer.main_lag(), 80ms);  // 40 over the wrap, nothing for the jumps, 40
  EXPECT_EQ(buffer.main_dropped().total(), 0U);
}

TEST(BufferTest, BoundsManyEmptyTags) {
  Buffer buffer({.bytes = 100 * Buffer::kTagCost, .media = 1000ms});
  for (int i = 0; i < 1000; ++i) buffer.Push({flv::TagType::kAudio, 0, {}});
  EXPECT_LE(buffer.queued_bytes(), 100 * Buffer::kTagCost);
  EXPECT_EQ(buffer.main_dropped().bytes_cap, 900U);
}

TEST(BufferTest, DropsATagAboveTheWholeCap) {
  Buffer buffer({.bytes = 1000, .media = 1000ms});
  buffer.Push(Key(0, 2000));
  EXPECT_EQ(buffer.queued_bytes(), 0U);
  EXPECT_EQ(buffer.main_dropped().bytes_cap, 1U);
}

}  // namespace
}  // namespace ingress::relay
