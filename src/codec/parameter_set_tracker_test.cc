#include "codec/parameter_set_tracker.h"

#include <gtest/gtest.h>

#include "codec/testing/nal_units.h"

namespace ingress::codec {
namespace {

using Verdict = ParameterSetTracker::Verdict;

const Bytes kSps = MakeSps(0, 640, 368);
const Bytes kOther = MakeSps(0, 1280, 720);

class ParameterSetTrackerTest : public testing::Test {
 protected:
  void Take(std::initializer_list<Bytes> sets) {
    for (const Bytes& nal : sets) ASSERT_TRUE(tracker_.Take(nal));
  }
  void Start() {
    Take({kSps, MakePps(0, 0)});
    ASSERT_TRUE(tracker_.Begin());
    ASSERT_EQ(tracker_.OnPicture(0, true), Verdict::kSame);
  }
  const Bytes& active() const { return tracker_.active()->sps; }

  ParameterSetTracker tracker_{VideoCodec::kH264};
};

TEST_F(ParameterSetTrackerTest, BeginsWhereThereIsNoChoice) {
  EXPECT_FALSE(tracker_.Begin());
  Take({MakeSps(1, 32, 32)});
  Take({kSps, MakePps(0, 0)});
  EXPECT_TRUE(tracker_.Begin());
  EXPECT_EQ(active(), kSps);
  EXPECT_FALSE(tracker_.Begin());
}

TEST_F(ParameterSetTrackerTest, TakesTheSpsThatTheSlicesPpsNames) {
  Take({MakeSps(1, 32, 32), kSps, MakePps(0, 1), MakePps(1, 0)});
  EXPECT_FALSE(tracker_.Begin());
  EXPECT_EQ(tracker_.OnPicture(1, true), Verdict::kNew);
  EXPECT_EQ(active(), kSps);
  EXPECT_EQ(tracker_.OnPicture(1, false), Verdict::kSame);
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kNew) << "the stream may switch";
  EXPECT_EQ(active(), MakeSps(1, 32, 32));
}

TEST_F(ParameterSetTrackerTest, MissesWhatHasNotCome) {
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kMissing);
  EXPECT_EQ(tracker_.OnPicture(std::nullopt, true), Verdict::kMissing);
  Start();
  EXPECT_EQ(tracker_.OnPicture(9, true), Verdict::kMissing);
  EXPECT_EQ(tracker_.OnPicture(9, false), Verdict::kMissing);
  EXPECT_EQ(tracker_.OnPicture(std::nullopt, false), Verdict::kSame);
  EXPECT_EQ(active(), kSps);
}

TEST_F(ParameterSetTrackerTest, ChangesAtAKeyPicture) {
  Start();
  Take({kOther, MakePps(0, 0, true)});
  EXPECT_EQ(active(), kSps);
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kNew);
  EXPECT_EQ(active(), kOther);
  EXPECT_EQ(tracker_.active()->pps.at(0), MakePps(0, 0, true));
}

TEST_F(ParameterSetTrackerTest, AllowsANewSpsToBeAnnouncedAPictureEarly) {
  Start();
  Take({kOther});
  EXPECT_EQ(tracker_.OnPicture(0, false), Verdict::kSame);
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kNew);
}

TEST_F(ParameterSetTrackerTest, ForgetsAnSpsThatTheStreamDoesNotUse) {
  Start();
  Take({kOther});
  for (int i = 0; i < ParameterSetTracker::kContradictions; ++i) {
    EXPECT_EQ(tracker_.OnPicture(0, false), Verdict::kSame);
  }
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kSame);
  EXPECT_EQ(active(), kSps);
}

TEST_F(ParameterSetTrackerTest, SeesThatTheOldSpsHasComeAgain) {
  Start();
  Take({kOther, kSps});
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kSame);
  EXPECT_EQ(active(), kSps);
}

TEST_F(ParameterSetTrackerTest, TakesMorePpsBetweenKeyPictures) {
  Start();
  Take({MakePps(1, 0)});
  EXPECT_EQ(tracker_.OnPicture(1, false), Verdict::kMorePps);
  EXPECT_EQ(tracker_.active()->pps.size(), 2U);
  EXPECT_EQ(tracker_.OnPicture(1, false), Verdict::kSame);
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kSame);
}

TEST_F(ParameterSetTrackerTest, LetsABadSetChangeNothing) {
  Start();
  EXPECT_FALSE(tracker_.Take(MakeSps(0, 16384, 16384)));
  EXPECT_FALSE(tracker_.Take(MakeSps(0, 16, 16, 8)));
  EXPECT_EQ(tracker_.OnPicture(0, true), Verdict::kSame);
  EXPECT_EQ(active(), kSps);
}

}  // namespace
}  // namespace ingress::codec
