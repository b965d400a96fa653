#include "pipeline/route/opus_eligibility.h"

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

TEST(OpusEligibilityTest, TakesWhatReceiversTake) {
  OpusEligibility eligibility(2);
  eligibility.SetHeader(Head(2));
  EXPECT_FALSE(eligibility.Check(kStereo20ms));
  EXPECT_FALSE(eligibility.Check(kMono20ms));
  EXPECT_FALSE(eligibility.Check(kSilk60ms));
  EXPECT_FALSE(eligibility.Check(Bytes{0xfc}));  // DTX: nothing but its TOC
}

TEST(OpusEligibilityTest, NeedsNoHeader) {
  OpusEligibility eligibility(2);
  eligibility.SetHeader({});
  EXPECT_FALSE(eligibility.Check(kStereo20ms));
}

TEST(OpusEligibilityTest, RemembersWhyItIsIneligibleUntilTheNextHeader) {
  OpusEligibility eligibility(2);
  EXPECT_EQ(eligibility.Check(kTwoOf60ms), "packets of 120 ms");
  EXPECT_EQ(eligibility.Check(kStereo20ms), "packets of 120 ms");
  eligibility.SetHeader(Head(2));
  EXPECT_FALSE(eligibility.Check(kStereo20ms));
}

TEST(OpusEligibilityTest, RefusesMoreChannelsThanAskedFor) {
  OpusEligibility eligibility(1);
  eligibility.SetHeader(Head(2));
  EXPECT_FALSE(eligibility.Check(kMono20ms));
  EXPECT_EQ(eligibility.Check(kStereo20ms), "stereo, and mono is asked for");
  eligibility.SetHeader(Head(6, 0, 1));
  EXPECT_EQ(eligibility.Check(kMono20ms), "6 channels must be mixed down");
}

TEST(OpusEligibilityTest, RefusesAGainAndToDamage) {
  OpusEligibility eligibility(2);
  eligibility.SetHeader(Head(2, 3));
  EXPECT_EQ(eligibility.Check(kStereo20ms), "its header asks for a gain");
  eligibility.SetHeader(Head(2));
  EXPECT_TRUE(eligibility.Check({}));
}

}  // namespace
}  // namespace ingress::pipeline
