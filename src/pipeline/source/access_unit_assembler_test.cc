#include "pipeline/source/access_unit_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "codec/h264.h"
#include "codec/testing/nal_units.h"
#include "stream/testing/timestamps.h"

namespace ingress::pipeline {
namespace {

using codec::MakeHevcSlice;
using codec::MakePps;
using codec::MakeSlice;
using codec::MakeSps;
using codec::Prefixed;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class AccessUnitAssemblerTest : public testing::Test {
 protected:
  /// One message; `by`: later than the one before.
  void Send(const Bytes& data, std::uint32_t timestamp, bool key = false,
            std::chrono::milliseconds by = 0ms) {
    now_ += by;
    stream::VideoUnit unit{.codec = codec_,
                           .key_frame = key,
                           .dts = stream::AtMs(timestamp),
                           .payload = stream::Payload(data)};
    sent_at_ = unit.payload.view().data();
    VideoMessage message = reader_.Read(std::move(unit));
    assembler_.Push(std::move(message),
                    {.time = std::chrono::milliseconds(timestamp), .live = true}, now_);
    Drain();
  }

  void Slices(int picture, int count, bool key = false) {
    for (int i = 0; i < count; ++i) {
      Send(Prefixed({MakeSlice(key, static_cast<std::uint32_t>(i * 100))}), Time(picture), key,
           i == 0 ? 30ms : 1ms);
    }
  }
  void Whole(int picture, bool key = false) { Slices(picture, 1, key); }

  static std::uint32_t Time(int picture) { return static_cast<std::uint32_t>(picture * 33); }

  void Poll(std::chrono::milliseconds by) {
    now_ += by;
    assembler_.Poll(now_);
    Drain();
  }

  void Drain() {
    while (auto unit = assembler_.Next()) {
      out_.push_back(unit->stray ? -1 : unit->message.nal_units->slices);
      last_ = std::move(unit);
    }
  }

  /// Slices of each picture that came out since the last call; -1: a stray part.
  std::vector<int> Out() { return std::exchange(out_, {}); }

  std::vector<codec::NalType> Types() const {
    std::vector<codec::NalType> types;
    codec::LengthPrefixedReader reader(last_->message.unit.payload.view(), 4);
    while (const auto nal = reader.Next()) types.push_back(codec::TypeOf(*nal));
    return types;
  }

  AccessUnitAssembler assembler_;
  VideoMessageReader reader_;
  VideoCodec codec_ = VideoCodec::kH264;
  TimePoint now_{1000s};
  std::vector<int> out_;
  std::optional<AccessUnitAssembler::Unit> last_;
  const std::uint8_t* sent_at_ = nullptr;
};

TEST_F(AccessUnitAssemblerTest, GivesWholePicturesOutAtOnceAndWithoutACopy) {
  Whole(0, true);
  EXPECT_THAT(Out(), IsEmpty()) << "the first waits until it is known to be whole";
  Whole(1);
  Whole(2);
  Whole(3);
  EXPECT_THAT(Out(), ElementsAre(1, 1, 1, 1));
  for (int i = 4; i < 40; ++i) {
    Whole(i, i % 10 == 0);
    EXPECT_THAT(Out(), ElementsAre(1));
    EXPECT_EQ(last_->message.unit.payload.view().data(), sent_at_);
    EXPECT_EQ(last_->placed.time, std::chrono::milliseconds(Time(i)));
  }
}

TEST_F(AccessUnitAssemblerTest, GivesTheFirstPictureOutWhenNoneFollows) {
  Whole(0, true);
  Poll(AccessUnitAssembler::kLongestWait - 1ms);
  EXPECT_THAT(Out(), IsEmpty());
  Poll(1ms);
  EXPECT_THAT(Out(), ElementsAre(1));
}

TEST_F(AccessUnitAssemblerTest, MakesPicturesOfSlices) {
  Slices(0, 4, true);
  for (int i = 1; i < 10; ++i) {
    Slices(i, 4);
    EXPECT_THAT(Out(), ElementsAre(4)) << i;
    EXPECT_EQ(last_->placed.time, std::chrono::milliseconds(Time(i - 1)));
  }
}

TEST_F(AccessUnitAssemblerTest, NoLongerWaitsWhereTheNumberOfPartsIsARule) {
  for (int i = 0; i <= AccessUnitAssembler::kRule; ++i) Slices(i, 4, i == 0);
  Out();
  Slices(100, 4);
  EXPECT_THAT(Out(), ElementsAre(4, 4)) << "the one before, and this one at its last part";
  Slices(101, 4);
  EXPECT_THAT(Out(), ElementsAre(4));
  Slices(102, 4, true);
  EXPECT_THAT(Out(), IsEmpty()) << "of key pictures the rule is not known yet";
}

TEST_F(AccessUnitAssemblerTest, KnowsTheRuleOfKeyPicturesByThemselves) {
  for (int i = 0; i < 100; ++i) Slices(i, i % 10 == 0 ? 8 : 3, i % 10 == 0);
  Out();
  Slices(100, 8, true);
  EXPECT_THAT(Out(), ElementsAre(8));
}

TEST_F(AccessUnitAssemblerTest, TellsOfPartsBeyondTheRuleAndNeverTrustsItAgain) {
  for (int i = 0; i < 30; ++i) Slices(i, 2, i == 0);
  Out();
  Slices(30, 3);
  EXPECT_THAT(Out(), ElementsAre(2, -1));
  for (int i = 31; i < 90; ++i) Slices(i, 2);
  Out();
  Slices(90, 3);
  EXPECT_THAT(Out(), ElementsAre(2));
  Slices(91, 3);
  EXPECT_THAT(Out(), ElementsAre(3));
}

TEST_F(AccessUnitAssemblerTest, SeesThatAnEncoderBeginsToSendParts) {
  for (int i = 0; i < 30; ++i) Whole(i, i == 0);
  Out();
  Slices(30, 3, true);
  EXPECT_THAT(Out(), ElementsAre(1, -1, -1));
  Slices(31, 3, true);
  EXPECT_THAT(Out(), IsEmpty());
  Slices(32, 3);
  EXPECT_THAT(Out(), ElementsAre(3));
}

TEST_F(AccessUnitAssemblerTest, TakesUnevenNumbersOfParts) {
  for (int i = 0; i < 50; ++i) Slices(i, 1 + i * 7 % 5, i % 10 == 0);
  const std::vector<int> out = Out();
  ASSERT_EQ(out.size(), 49U);
  for (int i = 0; i < 49; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], 1 + i * 7 % 5) << i;
}

TEST_F(AccessUnitAssemblerTest, WaitsForPartsAsLongAsTheNetworkStalls) {
  Slices(0, 3, true);
  Poll(AccessUnitAssembler::kStallWait - 1ms);
  EXPECT_THAT(Out(), IsEmpty());
  Send(Prefixed({MakeSlice(true, 300)}), Time(0), true, 0ms);
  EXPECT_THAT(Out(), IsEmpty());
  Poll(AccessUnitAssembler::kStallWait);
  EXPECT_THAT(Out(), ElementsAre(4));
}

TEST_F(AccessUnitAssemblerTest, DoesNotWaitLongWhileTheOtherTrackGoesOn) {
  for (int i = 0; i < 200; ++i) Slices(i, 2 + i % 2, i == 0);
  Out();
  now_ += 20ms;
  assembler_.OnOtherTrack(now_);
  Poll(1ms);
  EXPECT_THAT(Out(), ElementsAre(3));
}

TEST_F(AccessUnitAssemblerTest, PutsUnitsWithoutASliceInFrontOfTheNextPicture) {
  const Bytes sei = {6, 5, 1, 0, 0x80};
  for (int i = 0; i < 8; ++i) {
    const bool key = i % 4 == 0;
    if (key) {
      Send(Prefixed({MakeSps(0, 640, 368)}), Time(i));
      Send(Prefixed({MakePps(0, 0)}), Time(i));
    }
    Send(Prefixed({sei}), Time(i));
    Whole(i, key);
  }
  EXPECT_THAT(Out(), testing::Each(1));
  EXPECT_EQ(last_->placed.time, std::chrono::milliseconds(Time(7)));
  Send(Prefixed({MakeSps(0, 640, 368), MakePps(0, 0)}), 0, true);
  EXPECT_THAT(Out(), IsEmpty()) << "no picture";
  Whole(8, true);
  EXPECT_THAT(Types(),
              ElementsAre(codec::NalType::kSps, codec::NalType::kPps, codec::NalType::kIdr));
  EXPECT_TRUE(last_->message.nal_units->parameter_sets);
  EXPECT_EQ(last_->message.unit.dts, stream::AtMs(Time(8)));
}

TEST_F(AccessUnitAssemblerTest, KeepsUnitsBetweenSlicesInTheirPicture) {
  const Bytes sei = {6, 5, 1, 0, 0x80};
  for (int i = 0; i < 3; ++i) {
    Whole(i, i == 0);
    Send(Prefixed({sei}), Time(i));
    Send(Prefixed({MakeSlice(i == 0, 100)}), Time(i));
  }
  EXPECT_THAT(Out(), ElementsAre(2, 2));
  EXPECT_THAT(Types(),
              ElementsAre(codec::NalType::kSlice, codec::NalType::kSei, codec::NalType::kSlice));
}

TEST_F(AccessUnitAssemblerTest, TakesTimestampsThatWaverWithinAPicture) {
  for (int i = 0; i < 3; ++i) {
    Send(Prefixed({MakeSlice(i == 0, 0)}), Time(i));
    Send(Prefixed({MakeSlice(i == 0, 100)}), Time(i) + 1);
    Send(Prefixed({MakeSlice(i == 0, 200)}), Time(i) + 2);
  }
  EXPECT_THAT(Out(), ElementsAre(3, 3));
}

TEST_F(AccessUnitAssemblerTest, TellsOfPartsWhosePictureHasNotBegun) {
  Send(Prefixed({MakeSlice(false, 100)}), Time(0));
  EXPECT_THAT(Out(), ElementsAre(-1));
  Slices(1, 2, true);
  Send(Prefixed({MakeSlice(false, 100)}), Time(2));
  EXPECT_THAT(Out(), ElementsAre(2, -1));
}

TEST_F(AccessUnitAssemblerTest, DoesTheSameForHevc) {
  codec_ = VideoCodec::kHevc;
  const Bytes vps = {0x40, 1, 0x0c, 1};
  for (int i = 0; i < 4; ++i) {
    if (i == 0) Send(Prefixed({vps}), Time(i));
    for (int slice = 0; slice < 3; ++slice) {
      Send(Prefixed({MakeHevcSlice(i == 0, slice == 0)}), Time(i), i == 0);
    }
  }
  EXPECT_THAT(Out(), ElementsAre(3, 3, 3));
}

TEST_F(AccessUnitAssemblerTest, DoesTheSameForAnnexB) {
  const auto annex_b = [](const Bytes& nal) {
    Bytes out = {0, 0, 0, 1};
    out.insert(out.end(), nal.begin(), nal.end());
    return out;
  };
  for (int i = 0; i < 3; ++i) {
    Send(annex_b(MakeSlice(i == 0, 0)), Time(i));
    Send(annex_b(MakeSlice(i == 0, 100)), Time(i));
  }
  EXPECT_THAT(Out(), ElementsAre(2, 2));
  EXPECT_THAT(Types(), ElementsAre(codec::NalType::kSlice, codec::NalType::kSlice));
}

TEST_F(AccessUnitAssemblerTest, LetsOtherMessagesThroughInTheirOrder) {
  Slices(0, 2, true);
  assembler_.Push(
      reader_.Read({.kind = stream::VideoUnit::Kind::kEndOfSequence, .codec = VideoCodec::kH264}),
      {}, now_);
  auto unit = assembler_.Next();
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->message.nal_units->slices, 2);
  unit = assembler_.Next();
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->message.unit.kind, stream::VideoUnit::Kind::kEndOfSequence);
}

TEST_F(AccessUnitAssemblerTest, BeginsAnewWithAnotherConnection) {
  for (int i = 0; i < 30; ++i) Whole(i, i == 0);
  Out();
  assembler_.Reset();
  Slices(0, 3, true);
  EXPECT_THAT(Out(), IsEmpty());
  assembler_.Reset();
  Drain();
  EXPECT_THAT(Out(), ElementsAre(3)) << "what waits is given out";
}

TEST_F(AccessUnitAssemblerTest, HoldsNoMoreThanItsLimits) {
  Bytes sei(60'000, 0x11);
  sei[0] = 6;
  for (int i = 0; i < 100; ++i) Send(Prefixed({sei}), Time(0));
  Whole(0, true);
  Whole(1);
  EXPECT_LE(last_->message.unit.payload.size(), AccessUnitAssembler::kMaxPrefix + 100);
}

}  // namespace
}  // namespace ingress::pipeline
