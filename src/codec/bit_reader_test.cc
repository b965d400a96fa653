#include "codec/bit_reader.h"

#include <gtest/gtest.h>

#include "codec/bit_writer.h"

namespace ingress::codec {
namespace {

TEST(BitReaderTest, ReadsAcrossByteBorders) {
  const Bytes data = {0b1010'0101, 0b1100'0011};
  BitReader reader(data);
  EXPECT_EQ(reader.ReadBits(3), 0b101U);
  EXPECT_EQ(reader.ReadBits(8), 0b0010'1110U);
  EXPECT_EQ(reader.remaining(), 5U);
  reader.Skip(5);
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.ok());
}

TEST(BitReaderTest, ReadsExpGolombCodesOfTheSpecification) {
  // ITU-T H.264 table 9-2: 1, 010, 011, 00100, 00101 are 0, 1, 2, 3, 4.
  const Bytes data = {0b1010'0110, 0b0100'0010, 0b1000'0000};
  BitReader reader(data);
  for (std::uint32_t expected = 0; expected < 5; ++expected) EXPECT_EQ(reader.ReadUe(), expected);
}

TEST(BitReaderTest, MapsSignedCodesAlternately) {
  // ITU-T H.264 table 9-3: code numbers 0 to 4 are 0, 1, -1, 2, -2.
  const Bytes data = {0b1010'0110, 0b0100'0010, 0b1000'0000};
  BitReader reader(data);
  for (const std::int32_t expected : {0, 1, -1, 2, -2}) EXPECT_EQ(reader.ReadSe(), expected);
}

TEST(BitReaderTest, FailsForGoodOnceItRanOut) {
  const Bytes data = {0xff};
  BitReader reader(data);
  EXPECT_EQ(reader.ReadBits(9), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.ReadBits(1), 0U);
  EXPECT_EQ(reader.position(), 0U);
}

TEST(BitReaderTest, RefusesAnExpGolombCodeThatNeverEnds) {
  const Bytes data(16, 0);
  BitReader reader(data);
  EXPECT_EQ(reader.ReadUe(), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(BitReaderTest, ReadsTheLargestCodes) {
  BitWriter writer;
  writer.WriteUe(0xfffffffe);
  writer.WriteUe(0x7fffffff);
  BitReader reader(writer.bytes());
  EXPECT_EQ(reader.ReadSe(), -0x7fffffff);
  EXPECT_EQ(reader.ReadUe(), 0x7fffffffU);
  EXPECT_TRUE(reader.ok());
}

}  // namespace
}  // namespace ingress::codec
