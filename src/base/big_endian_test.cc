#include "base/big_endian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace ingress {
namespace {

using ::testing::ElementsAre;

constexpr std::array<std::uint8_t, 8> kBytes = {0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10};

TEST(LoadBigEndianTest, ReadsSoManyBytesAsTheTypeHas) {
  EXPECT_EQ(LoadBigEndian<std::uint8_t>(kBytes), 0xFE);
  EXPECT_EQ(LoadBigEndian<std::uint16_t>(kBytes), 0xFEDC);
  EXPECT_EQ(LoadBigEndian<std::uint32_t>(kBytes), 0xFEDCBA98);
  EXPECT_EQ(LoadBigEndian<std::uint64_t>(kBytes), 0xFEDCBA9876543210);
}

TEST(LoadBigEndianTest, ReadsAllThereIs) {
  EXPECT_EQ(LoadBigEndian(ByteView()), 0U);
  EXPECT_EQ(LoadBigEndian(ByteView(kBytes).first(3)), 0xFEDCBAU);
  EXPECT_EQ(LoadBigEndian(ByteView(kBytes)), 0xFEDCBA9876543210);
}

TEST(StoreBigEndianTest, WritesWhatIsReadBackAndNoMore) {
  std::array<std::uint8_t, 5> out{};
  StoreBigEndian<std::uint16_t>(out, 0xFEDC);
  EXPECT_THAT(out, ElementsAre(0xFE, 0xDC, 0, 0, 0));
  StoreBigEndian<std::uint32_t>(out, 0x01020304);
  EXPECT_THAT(out, ElementsAre(1, 2, 3, 4, 0));
}

}  // namespace
}  // namespace ingress
