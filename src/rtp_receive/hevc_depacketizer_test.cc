#include "rtp_receive/hevc_depacketizer.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "codec/testing/nal_units.h"
#include "rtp_receive/testing/assemble.h"

namespace ingress::rtp_receive {
namespace {

using codec::MakeHevcSlice;
using codec::Prefixed;

const Bytes kVps = {0x40, 0x01, 0x0c};
const Bytes kSps = {0x42, 0x01, 0x01};
const Bytes kIdr = MakeHevcSlice(true, true);
const Bytes kP = MakeHevcSlice(false, true);

Bytes Aggregate(std::initializer_list<Bytes> units) {
  Bytes payload = {0x60, 0x01};
  for (const Bytes& unit : units) {
    payload.push_back(0);
    payload.push_back(static_cast<std::uint8_t>(unit.size()));
    payload.insert(payload.end(), unit.begin(), unit.end());
  }
  return payload;
}

Bytes Fragment(const Bytes& nal, std::size_t from, std::size_t size, std::uint8_t bits) {
  Bytes payload = {static_cast<std::uint8_t>((nal[0] & 0x81) | 49 << 1), nal[1],
                   static_cast<std::uint8_t>((nal[0] >> 1 & 0x3f) | bits)};
  const auto part = ByteView(nal).subspan(2 + from, size);
  payload.insert(payload.end(), part.begin(), part.end());
  return payload;
}

constexpr std::uint8_t kStart = 0x80;
constexpr std::uint8_t kEnd = 0x40;

Result<testing::AssembledFrame> Assemble(std::initializer_list<Bytes> payloads) {
  return testing::AssembleBy<HevcDepacketizer>(payloads);
}

TEST(HevcDepacketizerTest, ReadsAggregatesFragmentsAndSingleUnits) {
  const auto key = Assemble({Aggregate({kVps, kSps}), Fragment(kIdr, 0, 1, kStart),
                             Fragment(kIdr, 1, kIdr.size() - 3, kEnd)});
  ASSERT_TRUE(key.has_value()) << key.error().context;
  EXPECT_EQ(key->data, Prefixed({kVps, kSps, kIdr}));
  EXPECT_TRUE(key->info.key_frame);
  const auto single = Assemble({kP});
  ASSERT_TRUE(single.has_value());
  EXPECT_EQ(single->data, Prefixed({kP}));
  EXPECT_FALSE(single->info.key_frame);
}

TEST(HevcDepacketizerTest, LosesTheFrameOfABrokenPayload) {
  EXPECT_FALSE(Assemble({Fragment(kIdr, 1, 1, 0)}).has_value());
  EXPECT_FALSE(Assemble({Fragment(kIdr, 0, 1, kStart)}).has_value());
  EXPECT_FALSE(Assemble({Fragment(kIdr, 0, 1, kStart), kP}).has_value());
  EXPECT_FALSE(Assemble({Fragment(kIdr, 0, 1, kStart), Fragment(kIdr, 0, 1, kStart)}).has_value());
  EXPECT_FALSE(Assemble({Bytes{0x60, 0x01, 0x00, 0x09, 0x40, 0x01}}).has_value());
  EXPECT_FALSE(Assemble({Bytes{0x60, 0x01, 0x00, 0x01, 0x40}}).has_value());
  EXPECT_FALSE(Assemble({Bytes{0x64, 0x01, 1, 2}}).has_value());  // PACI
  EXPECT_FALSE(Assemble({Bytes{0x40, 0x01}}).has_value());
}

TEST(HevcDepacketizerTest, KnowsWhereAFrameBegins) {
  const HevcDepacketizer depacketizer;
  for (const Bytes& begins :
       {kVps, kIdr, kP, Aggregate({kVps, kSps}), Fragment(kIdr, 0, 2, kStart)}) {
    EXPECT_TRUE(depacketizer.BeginsFrame(begins));
  }
  const Bytes later = MakeHevcSlice(false, false);
  for (const Bytes& not_so : {later, Aggregate({later}), Fragment(kIdr, 1, 2, 0),
                              Fragment(later, 0, 2, kStart), Bytes{0x40, 0x01}}) {
    EXPECT_FALSE(depacketizer.BeginsFrame(not_so));
  }
}

TEST(HevcDepacketizerTest, SaysWhichPicturesMayReferToWhatIsBeforeTheKeyFrame) {
  Bytes rasl = kP;
  rasl[0] = 8 << 1;
  EXPECT_TRUE(Assemble({rasl})->info.leading);
  EXPECT_FALSE(Assemble({kP})->info.leading);
}

}  // namespace
}  // namespace ingress::rtp_receive
