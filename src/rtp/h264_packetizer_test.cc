#include "rtp/h264_packetizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <numeric>

#include "support/h264_depacketizer.h"

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Le;
using ::testing::SizeIs;

const Bytes kSps = {0x67, 0x42, 0xe0, 0x1f, 0x8c};
const Bytes kPps = {0x68, 0xce, 0x3c, 0x80 | 0x01};
const Bytes kSei = {0x06, 0x05, 0x01, 0xff, 0x80};
const Bytes kAud = {0x09, 0xf0};
const Bytes kFiller = {0x0c, 0xff, 0xff, 0x80};

/// A NAL unit of `size` bytes that holds no start code.
Bytes Nal(std::uint8_t header, std::size_t size) {
  Bytes nal(size);
  std::iota(nal.begin(), nal.end(), std::uint8_t{0});
  for (std::uint8_t& byte : nal) byte |= 0x80;
  nal[0] = header;
  return nal;
}

Bytes AnnexB(std::initializer_list<Bytes> nals) {
  Bytes stream;
  for (const Bytes& nal : nals) {
    stream.insert(stream.end(), {0, 0, 0, 1});
    stream.insert(stream.end(), nal.begin(), nal.end());
  }
  return stream;
}

std::vector<Bytes> Packetize(H264Packetizer& packetizer, ByteView frame, std::size_t max_payload) {
  std::vector<Bytes> payloads(packetizer.Start(frame).value());
  for (Bytes& payload : payloads) {
    payload.resize(max_payload);
    payload.resize(packetizer.WriteNext(payload));
  }
  return payloads;
}

std::vector<Bytes> Packetize(ByteView frame, std::size_t max_payload) {
  H264Packetizer packetizer(max_payload);
  return Packetize(packetizer, frame, max_payload);
}

TEST(SplitAnnexBTest, TakesThreeAndFourByteStartCodes) {
  const std::uint8_t stream[] = {0xff, 0,    0, 0, 1, 0x67, 0x42, 0,    0, 1,  // a byte before
                                 0x68, 0xce, 0, 0, 0, 1,    0x65, 0x88,        //
                                 0,    0,    0};                               // trailing zeros
  std::vector<ByteView> nals;
  ASSERT_TRUE(SplitAnnexB(stream, nals).has_value());
  ASSERT_THAT(nals, SizeIs(3));
  EXPECT_THAT(nals[0], ElementsAre(0x67, 0x42));
  EXPECT_THAT(nals[1], ElementsAre(0x68, 0xce));
  EXPECT_THAT(nals[2], ElementsAre(0x65, 0x88));
}

TEST(SplitAnnexBTest, KeepsEmulationPreventionBytes) {
  const std::uint8_t stream[] = {0, 0, 1, 0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 1, 0x41};
  std::vector<ByteView> nals;
  ASSERT_TRUE(SplitAnnexB(stream, nals).has_value());
  ASSERT_THAT(nals, SizeIs(2));
  EXPECT_THAT(nals[0], ElementsAre(0x65, 0, 0, 3, 1, 0, 0, 3));
}

TEST(SplitAnnexBTest, RefusesTooManyUnits) {
  Bytes stream;
  for (std::size_t i = 0; i <= kMaxNalUnits; ++i) {
    stream.insert(stream.end(), {0, 0, 1, 0x41});
  }
  std::vector<ByteView> nals;
  EXPECT_EQ(SplitAnnexB(stream, nals).error().code, ErrorCode::kLimitExceeded);
}

TEST(H264PacketizerTest, SendsASmallSliceAsItIs) {
  const Bytes slice = Nal(0x41, 20);
  EXPECT_THAT(Packetize(AnnexB({slice}), 20), ElementsAre(slice));
}

TEST(H264PacketizerTest, AggregatesParameterSetsBeforeTheIdr) {
  const Bytes idr = Nal(0x65, 10);
  const auto payloads = Packetize(AnnexB({kAud, kSps, kPps, kSei, idr}), 1200);
  ASSERT_THAT(payloads, SizeIs(2));
  EXPECT_THAT(payloads[0],
              ElementsAre(0x78,                                        // F=0, NRI=3, type 24
                          0x00, 0x05, 0x67, 0x42, 0xe0, 0x1f, 0x8c,    // size, SPS
                          0x00, 0x04, 0x68, 0xce, 0x3c, 0x81,          // size, PPS
                          0x00, 0x05, 0x06, 0x05, 0x01, 0xff, 0x80));  // size, SEI
  EXPECT_EQ(payloads[1], idr);
}

TEST(H264PacketizerTest, PutsTheSpsInFrontOfEarlierSei) {
  const auto payloads = Packetize(AnnexB({kSei, kPps, kSps, Nal(0x65, 10)}), 1200);
  test::H264Depacketizer receiver;
  for (const Bytes& payload : payloads) ASSERT_TRUE(receiver.Add(payload));
  EXPECT_THAT(receiver.nals(), ElementsAre(kSps, kPps, kSei, Nal(0x65, 10)));
}

TEST(H264PacketizerTest, SendsParameterSetsAloneWhereTheyDoNotFitTogether) {
  // STAP-A of both would be 1 + 2 + 5 + 2 + 4 = 14 bytes.
  EXPECT_THAT(Packetize(AnnexB({kSps, kPps, Nal(0x65, 5)}), 13),
              ElementsAre(kSps, kPps, Nal(0x65, 5)));
  EXPECT_THAT(Packetize(AnnexB({kSps, kPps, Nal(0x65, 5)}), 14), SizeIs(2));
}

TEST(H264PacketizerTest, DropsWhatIsNotSentOverRtp) {
  const Bytes end_of_sequence = {0x0a};
  const Bytes end_of_stream = {0x0b};
  const Bytes unspecified = {0x78, 0x01};  // would read as STAP-A
  const Bytes slice = Nal(0x61, 6);
  EXPECT_THAT(
      Packetize(AnnexB({kAud, kFiller, unspecified, slice, end_of_sequence, end_of_stream}), 1200),
      ElementsAre(slice));
}

TEST(H264PacketizerTest, FragmentsALargeSliceEvenly) {
  // 11 bytes behind the NAL unit header, 4 a fragment at most: 4, 4, 3.
  const Bytes slice = Nal(0x65, 12);
  EXPECT_THAT(Packetize(AnnexB({slice}), 6),
              ElementsAre(ElementsAre(0x7c, 0x85, 0x81, 0x82, 0x83, 0x84),  // FU indicator, S
                          ElementsAre(0x7c, 0x05, 0x85, 0x86, 0x87, 0x88),  //
                          ElementsAre(0x7c, 0x45, 0x89, 0x8a, 0x8b)));      // E
}

TEST(H264PacketizerTest, FragmentsAnOversizedSpsFirstByteIncluded) {
  const Bytes sps = Nal(0x67, 30);
  const auto payloads = Packetize(AnnexB({sps, kPps, Nal(0x65, 5)}), 20);
  EXPECT_EQ(payloads[0][1], 0x87);  // S, type 7: the SFU recognises the key frame by it
  test::H264Depacketizer receiver;
  for (const Bytes& payload : payloads) ASSERT_TRUE(receiver.Add(payload));
  EXPECT_THAT(receiver.nals(), ElementsAre(sps, kPps, Nal(0x65, 5)));
}

TEST(H264PacketizerTest, ReturnsEveryUnitForEverySizeAndLimit) {
  for (std::size_t size = 1; size < 80; ++size) {
    for (std::size_t max_payload = 3; max_payload < 40; ++max_payload) {
      const std::vector<Bytes> nals = {Nal(0x65, size), Nal(0x65, size + 1), Nal(0x65, 3)};
      test::H264Depacketizer receiver;
      for (const Bytes& payload : Packetize(AnnexB({nals[0], nals[1], nals[2]}), max_payload)) {
        ASSERT_THAT(payload.size(), Le(max_payload));
        ASSERT_TRUE(receiver.Add(payload)) << size << " in " << max_payload;
      }
      ASSERT_TRUE(receiver.complete());
      ASSERT_THAT(receiver.nals(), ElementsAreArray(nals));
    }
  }
}

TEST(H264PacketizerTest, ForgetsTheFrameBefore) {
  H264Packetizer packetizer(10);
  Packetize(packetizer, AnnexB({kSps, kPps, Nal(0x65, 50)}), 10);
  EXPECT_THAT(Packetize(packetizer, AnnexB({Nal(0x41, 4)}), 10), ElementsAre(Nal(0x41, 4)));
}

TEST(H264PacketizerTest, RefusesFramesWithNothingToSend) {
  H264Packetizer packetizer(1200);
  EXPECT_EQ(packetizer.Start({}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(packetizer.Start(AnnexB({kAud, kFiller})).error().code, ErrorCode::kMalformed);
  const Bytes no_start_code = {0x65, 0x88, 0x84};
  EXPECT_EQ(packetizer.Start(no_start_code).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(packetizer.Start(Bytes(kMaxFrameSize + 1)).error().code, ErrorCode::kLimitExceeded);
}

TEST(H264PacketizerTest, TakesNalUnitsWhereTheyLie) {
  const Bytes idr = Nal(0x65, 3000);
  const std::vector<ByteView> units = {kAud, kSei, idr};
  const Bytes sets = AnnexB({kSps, kPps});
  H264Packetizer packetizer(1200);
  std::vector<Bytes> payloads(packetizer.StartUnits(sets, units).value());
  for (Bytes& payload : payloads) {
    payload.resize(1200);
    payload.resize(packetizer.WriteNext(payload));
  }
  EXPECT_EQ(payloads, Packetize(AnnexB({kSps, kPps, kAud, kSei, idr}), 1200));
}

TEST(H264PacketizerTest, BoundsNalUnitsAndTheirSize) {
  H264Packetizer packetizer(1200);
  const std::vector<ByteView> many(kMaxNalUnits + 1, kSei);
  EXPECT_EQ(packetizer.StartUnits({}, many).error().code, ErrorCode::kLimitExceeded);
  const Bytes half(kMaxFrameSize / 2 + 1);
  const std::vector<ByteView> large = {half, half};
  EXPECT_EQ(packetizer.StartUnits({}, large).error().code, ErrorCode::kLimitExceeded);
  const std::vector<ByteView> nothing = {kAud, {}};
  EXPECT_EQ(packetizer.StartUnits({}, nothing).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::rtp
