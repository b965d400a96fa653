#include "rtp_receive/h264_depacketizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "codec/testing/nal_units.h"
#include "rtp/h264_packetizer.h"
#include "rtp_receive/testing/assemble.h"

namespace ingress::rtp_receive {
namespace {

using codec::MakePps;
using codec::MakeSlice;
using codec::MakeSps;
using codec::Prefixed;

Bytes StapA(std::initializer_list<Bytes> units) {
  Bytes payload = {0x78};
  for (const Bytes& unit : units) {
    payload.push_back(static_cast<std::uint8_t>(unit.size() >> 8));
    payload.push_back(static_cast<std::uint8_t>(unit.size()));
    payload.insert(payload.end(), unit.begin(), unit.end());
  }
  return payload;
}

/// The part of `nal` from byte `from` of its body on, `size` bytes, as FU-A.
Bytes FuA(const Bytes& nal, std::size_t from, std::size_t size, std::uint8_t bits) {
  Bytes payload = {static_cast<std::uint8_t>((nal[0] & 0xe0) | 28),
                   static_cast<std::uint8_t>((nal[0] & 0x1f) | bits)};
  const auto part = ByteView(nal).subspan(1 + from, size);
  payload.insert(payload.end(), part.begin(), part.end());
  return payload;
}

constexpr std::uint8_t kStart = 0x80;
constexpr std::uint8_t kEnd = 0x40;

Result<testing::AssembledFrame> Assemble(std::initializer_list<Bytes> payloads) {
  return testing::AssembleBy<H264Depacketizer>(payloads);
}

ErrorCode CodeOf(std::initializer_list<Bytes> payloads) {
  const auto frame = Assemble(payloads);
  return frame ? ErrorCode::kInternal : frame.error().code;
}

const Bytes kSps = MakeSps(0, 64, 64);
const Bytes kPps = MakePps(0, 0);
/// A slice of some length, so that it can be cut.
Bytes LongIdr() {
  Bytes nal = MakeSlice(true, 0);
  nal.resize(nal.size() + 10, 0xab);
  return nal;
}
const Bytes kIdr = LongIdr();
const Bytes kP = MakeSlice(false, 0);

TEST(H264DepacketizerTest, ReadsWhatFfmpegSends) {
  const Bytes sei = {0x06, 5, 1, 0xab, 0x80};
  const auto frame = Assemble({StapA({kSps, kPps, sei}), FuA(kIdr, 0, 2, kStart),
                               FuA(kIdr, 2, 2, 0), FuA(kIdr, 4, kIdr.size() - 5, kEnd)});
  ASSERT_TRUE(frame.has_value()) << frame.error().context;
  EXPECT_EQ(frame->data, Prefixed({kSps, kPps, sei, kIdr}));
  EXPECT_TRUE(frame->info.key_frame);
  EXPECT_FALSE(frame->info.disposable);
}

TEST(H264DepacketizerTest, ReadsSlicesInOneAggregateAndSingleUnits) {
  const Bytes second = MakeSlice(false, 8);
  const auto aggregated = Assemble({StapA({kP, second})});
  ASSERT_TRUE(aggregated.has_value());
  EXPECT_EQ(aggregated->data, Prefixed({kP, second}));
  EXPECT_FALSE(aggregated->info.key_frame);
  const auto single = Assemble({kP, second});
  ASSERT_TRUE(single.has_value());
  EXPECT_EQ(single->data, aggregated->data);
}

TEST(H264DepacketizerTest, ReadsWhatOurOwnPacketizerWrites) {
  Bytes annex_b;
  for (const Bytes& nal : {kSps, kPps, Bytes(3'000, 0x65)}) {
    annex_b.insert(annex_b.end(), {0, 0, 0, 1});
    annex_b.insert(annex_b.end(), nal.begin(), nal.end());
  }
  rtp::H264Packetizer packetizer(500);
  const auto payloads = packetizer.Start(annex_b);
  ASSERT_TRUE(payloads.has_value());
  H264Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  Bytes payload(500);
  for (std::size_t i = 0; i < *payloads; ++i) {
    const std::size_t size = packetizer.WriteNext(payload);
    ASSERT_TRUE(depacketizer.Add(ByteView(payload).first(size), frame).has_value());
  }
  ASSERT_TRUE(depacketizer.Finish(frame).has_value());
  EXPECT_EQ(frame, Prefixed({kSps, kPps, Bytes(3'000, 0x65)}));
}

TEST(H264DepacketizerTest, LosesTheFrameOfABrokenFragment) {
  EXPECT_EQ(CodeOf({FuA(kIdr, 2, 2, 0)}), ErrorCode::kMalformed);       // no start
  EXPECT_EQ(CodeOf({FuA(kIdr, 0, 2, kStart)}), ErrorCode::kMalformed);  // no end
  EXPECT_EQ(CodeOf({FuA(kIdr, 0, 2, kStart), FuA(kIdr, 0, 2, kStart)}), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({FuA(kIdr, 0, 2, kStart), kP}), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({Bytes{0x7c, 0x85}}), ErrorCode::kMalformed);  // nothing in it
}

TEST(H264DepacketizerTest, BeginsCleanAfterABrokenFrame) {
  H264Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  ASSERT_TRUE(depacketizer.Add(FuA(kIdr, 0, 2, kStart), frame).has_value());
  frame.clear();
  depacketizer.Begin();
  ASSERT_TRUE(depacketizer.Add(kP, frame).has_value());
  const auto info = depacketizer.Finish(frame);
  ASSERT_TRUE(info.has_value());
  EXPECT_FALSE(info->key_frame);
  EXPECT_EQ(frame, Prefixed({kP}));
}

TEST(H264DepacketizerTest, RefusesAggregatesThatMakeNoSenseAndUnknownPayloads) {
  EXPECT_EQ(CodeOf({Bytes{0x78, 0x00, 0x09, 0x41}}), ErrorCode::kMalformed);  // STAP-A past its end
  for (const int type : {0, 25, 26, 27, 29, 30, 31}) {  // STAP-B, MTAP, FU-B, reserved
    EXPECT_EQ(CodeOf({Bytes{static_cast<std::uint8_t>(type), 1, 2, 3}}), ErrorCode::kUnsupported)
        << type;
  }
}

TEST(H264DepacketizerTest, RefusesMoreUnitsThanAFrameHas) {
  H264Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  for (std::size_t i = 0; i < kMaxNalUnits; ++i) {
    ASSERT_TRUE(depacketizer.Add(kP, frame).has_value());
  }
  const auto added = depacketizer.Add(kP, frame);
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, ErrorCode::kLimitExceeded);
}

TEST(H264DepacketizerTest, TakesARecoveryPointForAPlaceToBegin) {
  const Bytes recovery = {0x06, 6, 1, 0xc0, 0x80};
  const auto frame = Assemble({recovery, kP});
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->info.key_frame);
  const Bytes other = {0x06, 5, 1, 0xc0, 0x80};
  EXPECT_FALSE(Assemble({other, kP})->info.key_frame);
}

TEST(H264DepacketizerTest, CallsParameterSetsAloneNoKeyFrame) {
  const auto frame = Assemble({StapA({kSps, kPps})});
  ASSERT_TRUE(frame.has_value());
  EXPECT_FALSE(frame->info.key_frame);
  EXPECT_FALSE(frame->info.disposable);
}

TEST(H264DepacketizerTest, SaysWhichFramesNoOtherRefersTo) {
  Bytes disposable = kP;
  disposable[0] = 0x01;  // nal_ref_idc 0
  EXPECT_TRUE(Assemble({disposable})->info.disposable);
  EXPECT_FALSE(Assemble({kP})->info.disposable);
  EXPECT_FALSE(Assemble({StapA({kPps, disposable})})->info.disposable);
}

TEST(H264DepacketizerTest, KnowsWhereAFrameBegins) {
  const H264Depacketizer depacketizer;
  for (const Bytes& begins : {kSps, kP, kIdr, StapA({kSps, kPps}), FuA(kIdr, 0, 2, kStart)}) {
    EXPECT_TRUE(depacketizer.BeginsFrame(begins));
  }
  const Bytes later = MakeSlice(false, 8);
  for (const Bytes& not_so : {later, StapA({later}), FuA(kIdr, 2, 2, 0), FuA(later, 0, 2, kStart),
                              Bytes{0x65}, Bytes{0x78, 0, 1, 0x65}, Bytes{0x7c, 0x85}}) {
    EXPECT_FALSE(depacketizer.BeginsFrame(not_so));
  }
}

}  // namespace
}  // namespace ingress::rtp_receive
