#include "rtp_receive/frame_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/nal_units.h"
#include "rtp_receive/h264_depacketizer.h"
#include "rtp_receive/reference_chain.h"

namespace ingress::rtp_receive {
namespace {

using codec::MakeSlice;
using codec::Prefixed;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

const Bytes kIdr = MakeSlice(true, 0);
const Bytes kIdrRest = MakeSlice(true, 8);
const Bytes kP = MakeSlice(false, 0);
const Bytes kPRest = MakeSlice(false, 8);

class FrameAssemblerTest : public ::testing::Test {
 protected:
  void Send(std::uint32_t timestamp, const Bytes& payload, bool marker, bool after_gap = false) {
    assembler_.OnOrdered({.timestamp = timestamp,
                          .marker = marker,
                          .payload = payload,
                          .arrival = now_ += 1ms,
                          .after_gap = after_gap});
  }

  FrameAssembler assembler_{std::make_unique<H264Depacketizer>()};
  TimePoint now_ = kStart;
};

TEST_F(FrameAssemblerTest, EndsAFrameAtItsMarker) {
  Send(1, kIdr, false);
  EXPECT_THAT(assembler_.Take(), IsEmpty());
  Send(1, kIdrRest, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_EQ(frames[0].data, Prefixed({kIdr, kIdrRest}));
  EXPECT_EQ(frames[0].timestamp, 1U);
  EXPECT_EQ(frames[0].arrival, kStart + 1ms);
  EXPECT_TRUE(frames[0].whole);
  EXPECT_TRUE(frames[0].info.key_frame);
}

TEST_F(FrameAssemblerTest, EndsAFrameWithoutAMarkerWhereTheNextBegins) {
  Send(1, kIdr, false);
  Send(2, kP, false);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_TRUE(frames[0].whole);
  EXPECT_EQ(frames[0].data, Prefixed({kIdr}));
}

TEST_F(FrameAssemblerTest, PassesPaddingBetweenFramesAndWithin) {
  Send(1, {}, false);
  Send(1, kIdr, false);
  Send(1, {}, false);
  Send(1, kIdrRest, true);
  Send(1, {}, true);
  Send(2, kP, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_TRUE(frames[0].whole);
  EXPECT_TRUE(frames[1].whole);
  EXPECT_FALSE(frames[1].after_gap);
}

TEST_F(FrameAssemblerTest, LeavesAFrameUnwholeThatMissesItsMiddle) {
  Send(1, kIdr, false);
  Send(1, kIdrRest, true, true);
  Send(2, kP, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_FALSE(frames[0].whole);
  EXPECT_TRUE(frames[0].loss_within);
  EXPECT_TRUE(frames[0].data.empty());
  EXPECT_FALSE(frames[0].problem.has_value());
  EXPECT_TRUE(frames[1].whole);
  EXPECT_FALSE(frames[1].after_gap);
}

TEST_F(FrameAssemblerTest, LeavesAFrameUnwholeThatMissesItsEnd) {
  Send(1, kIdr, false);
  Send(2, kP, true, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_FALSE(frames[0].whole);
  EXPECT_FALSE(frames[0].loss_within);
  EXPECT_TRUE(frames[1].whole);
  EXPECT_TRUE(frames[1].after_gap);
}

TEST_F(FrameAssemblerTest, LeavesAFrameUnwholeThatMissesItsBeginning) {
  Send(1, kIdr, true);
  Send(2, kPRest, false, true);
  Send(2, kPRest, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_FALSE(frames[1].whole);
  EXPECT_FALSE(frames[1].loss_within);
}

TEST_F(FrameAssemblerTest, SeesAGapBehindPadding) {
  Send(1, kIdr, true);
  Send(1, {}, false, true);
  Send(2, kP, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_TRUE(frames[1].whole);
  EXPECT_TRUE(frames[1].after_gap);
}

TEST_F(FrameAssemblerTest, DoesNotTakeTheMiddleOfTheFirstFrameForItsBeginning) {
  Send(1, kIdrRest, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_FALSE(frames[0].whole);
}

TEST_F(FrameAssemblerTest, SaysWhyAFrameMakesNoSense) {
  Send(1, kIdr, false);
  Send(1, {0x7c, 0x05, 1, 2}, false);  // FU-A without its start
  Send(1, kIdrRest, true);
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_FALSE(frames[0].whole);
  EXPECT_TRUE(frames[0].loss_within);
  ASSERT_TRUE(frames[0].problem.has_value());
  EXPECT_EQ(frames[0].problem->code, ErrorCode::kMalformed);
}

TEST_F(FrameAssemblerTest, CutsAFrameThatNeverEnds) {
  Bytes fragment(60'000, 0x80);  // FU-A: a start, and never an end
  fragment[0] = 0x7c;
  fragment[1] = 0x85;
  for (std::size_t sent = 0; sent <= kMaxReceivedFrame + 600'000; sent += fragment.size()) {
    Send(1, fragment, false);
    fragment[1] = 0x05;
  }
  const auto frames = assembler_.Take();
  ASSERT_THAT(frames, SizeIs(1));  // at once, though no marker came
  ASSERT_TRUE(frames[0].problem.has_value());
  EXPECT_EQ(frames[0].problem->code, ErrorCode::kLimitExceeded);
  Send(2, kIdr, true);
  const auto next = assembler_.Take();
  ASSERT_THAT(next, SizeIs(2));
  EXPECT_FALSE(next[0].whole);
  EXPECT_TRUE(next[1].whole);
}

/// What ReferenceChain lets through, by frames as the assembler makes them.
class ReferenceChainTest : public ::testing::Test {
 protected:
  static ReceivedFrame Frame(bool key) { return {.info = {.key_frame = key}}; }
  static ReceivedFrame Damaged(bool disposable, bool within = true) {
    return {.info = {.disposable = disposable}, .whole = false, .loss_within = within};
  }

  ReferenceChain chain_;
};

TEST_F(ReferenceChainTest, PassesNothingFromALossToTheNextKeyFrame) {
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  EXPECT_TRUE(chain_.Passes(Frame(false)));
  EXPECT_FALSE(chain_.Passes(Damaged(false)));
  EXPECT_TRUE(chain_.broken());
  EXPECT_FALSE(chain_.Passes(Frame(false)));
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  EXPECT_FALSE(chain_.broken());
  EXPECT_TRUE(chain_.Passes(Frame(false)));
}

TEST_F(ReferenceChainTest, GoesOnWhenOnlyADisposableFrameIsLost) {
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  EXPECT_FALSE(chain_.Passes(Damaged(true)));
  EXPECT_FALSE(chain_.broken());
  EXPECT_TRUE(chain_.Passes(Frame(false)));
  EXPECT_FALSE(chain_.Passes(Damaged(true, false)));  // and perhaps its neighbour
  EXPECT_TRUE(chain_.broken());
}

TEST_F(ReferenceChainTest, StopsAtALossBetweenFrames) {
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  ReceivedFrame behind = Frame(false);
  behind.after_gap = true;
  EXPECT_FALSE(chain_.Passes(behind));
  ReceivedFrame key = Frame(true);
  key.after_gap = true;
  EXPECT_TRUE(chain_.Passes(key));
}

TEST_F(ReferenceChainTest, GoesOnWherePictureIdsShowThatNoFrameWasLost) {
  const auto frame = [](std::uint16_t id, int bits, bool after_gap) {
    ReceivedFrame made = Frame(false);
    made.info.picture_id = id;
    made.info.picture_id_bits = bits;
    made.after_gap = after_gap;
    return made;
  };
  EXPECT_TRUE(chain_.Passes(frame(126, 7, false)));
  EXPECT_TRUE(chain_.Passes(frame(127, 7, true)));
  EXPECT_TRUE(chain_.Passes(frame(0, 7, true)));
  EXPECT_FALSE(chain_.Passes(frame(2, 7, true)));
}

TEST_F(ReferenceChainTest, LeavesOutWhatMayReferToBeforeTheKeyFrameWhereDecodingBegan) {
  ReceivedFrame leading = Frame(false);
  leading.info.leading = true;
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  EXPECT_FALSE(chain_.Passes(leading));
  EXPECT_TRUE(chain_.Passes(Frame(false)));
  EXPECT_TRUE(chain_.Passes(Frame(true)));  // all before it is there
  EXPECT_TRUE(chain_.Passes(leading));
  EXPECT_FALSE(chain_.Passes(Damaged(false)));
  EXPECT_TRUE(chain_.Passes(Frame(true)));
  EXPECT_FALSE(chain_.Passes(leading));
  EXPECT_TRUE(chain_.Passes(Frame(false)));
}

TEST_F(ReferenceChainTest, PassesWhatComesBeforeTheFirstKeyFrame) {
  ReceivedFrame first = Frame(false);
  first.after_gap = true;
  EXPECT_TRUE(chain_.Passes(first));
  EXPECT_TRUE(chain_.Passes(Frame(false)));
}

}  // namespace
}  // namespace ingress::rtp_receive
