#include "codec/hevc.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

Bytes Record(std::string_view arrays) {
  // Version, 20 bytes of profile, level and rates, length size 4.
  return FromHex(std::string("01") + std::string(40, '0') + "ff" + std::string(arrays));
}

TEST(ParseHevcConfigTest, ReadsAllParameterSets) {
  const auto config = ParseHevcConfig(Record("02 a0 0001 0002 4001 a1 0002 0002 4201 0001 42"));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->nal_length_size, 4);
  ASSERT_EQ(config->parameter_sets.size(), 3U);
  EXPECT_EQ(config->parameter_sets[1], FromHex("4201"));
}

TEST(ParseHevcConfigTest, RefusesTruncatedRecords) {
  const Bytes record = Record("01 a0 0001 0002 4001");
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(ParseHevcConfig(ByteView(record).first(size))) << size;
  }
  EXPECT_FALSE(ParseHevcConfig(Bytes(HevcConfig::kMaxRecordSize + 1, 1)));
}

}  // namespace
}  // namespace ingress::codec
