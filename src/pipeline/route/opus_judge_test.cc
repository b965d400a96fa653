#include "pipeline/route/opus_judge.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

/// OpusHead: version 1, `channels`, no pre-skip, 48 kHz, `gain` (Q7.8, low byte), mapping `family`.
Bytes Head(std::uint8_t channels, std::uint8_t gain = 0, std::uint8_t family = 0) {
  Bytes head = {'O', 'p', 'u',  's',  'H', 'e', 'a',  'd', 1,     channels,
                0,   0,   0x80, 0xbb, 0,   0,   gain, 0,   family};
  if (family != 0) {
    head.insert(head.end(), {4, 2});  // streams, of which two are coupled
    for (std::uint8_t i = 0; i < channels; ++i) head.push_back(i);
  }
  return head;
}

const Bytes kStereo20ms = {0xfc, 1, 2};       // CELT fullband, 20 ms, stereo
const Bytes kMono20ms = {0xf8, 1, 2};         // the same, mono
const Bytes kSilk60ms = {0x18, 1, 2};         // SILK narrowband, 60 ms, mono
const Bytes kTwoOf60ms = {0x19, 1, 2, 3, 4};  // two of them

TEST(OpusJudgeTest, TakesWhatReceiversTake) {
  OpusJudge judge(2);
  judge.SetHeader(Head(2));
  EXPECT_FALSE(judge.Look(kStereo20ms));
  EXPECT_FALSE(judge.Look(kMono20ms));
  EXPECT_FALSE(judge.Look(kSilk60ms));
  EXPECT_FALSE(judge.Look(Bytes{0xfc}));  // DTX: nothing but its TOC
}

TEST(OpusJudgeTest, NeedsNoHeader) {
  OpusJudge judge(2);
  judge.SetHeader({});
  EXPECT_FALSE(judge.Look(kStereo20ms));
}

TEST(OpusJudgeTest, RemembersAnObjectionUntilTheNextHeader) {
  OpusJudge judge(2);
  EXPECT_EQ(judge.Look(kTwoOf60ms), "packets of 120 ms");
  EXPECT_EQ(judge.Look(kStereo20ms), "packets of 120 ms");
  judge.SetHeader(Head(2));
  EXPECT_FALSE(judge.Look(kStereo20ms));
}

TEST(OpusJudgeTest, ObjectsToMoreChannelsThanAskedFor) {
  OpusJudge judge(1);
  judge.SetHeader(Head(2));
  EXPECT_FALSE(judge.Look(kMono20ms));
  EXPECT_EQ(judge.Look(kStereo20ms), "stereo, and mono is asked for");
  judge.SetHeader(Head(6, 0, 1));
  EXPECT_EQ(judge.Look(kMono20ms), "6 channels must be mixed down");
}

TEST(OpusJudgeTest, ObjectsToAGainAndToDamage) {
  OpusJudge judge(2);
  judge.SetHeader(Head(2, 3));
  EXPECT_EQ(judge.Look(kStereo20ms), "its header asks for a gain");
  judge.SetHeader(Head(2));
  EXPECT_TRUE(judge.Look({}));
}

}  // namespace
}  // namespace ingress::pipeline
