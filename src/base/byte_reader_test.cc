#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include "base/byte_writer.h"

namespace ingress {
namespace {

TEST(ByteReaderTest, ReadsNetworkOrder) {
  const Bytes data = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
  ByteReader reader(data);
  EXPECT_EQ(reader.ReadU8(), 0x01);
  EXPECT_EQ(reader.ReadU16(), 0x0203);
  EXPECT_EQ(reader.ReadU32(), 0x04050607U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReaderTest, FailsForGoodAfterReadPastEnd) {
  const Bytes data = {0x01, 0x02};
  ByteReader reader(data);
  EXPECT_EQ(reader.ReadU32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.ReadU8(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.offset(), 0U);
}

TEST(ByteWriterTest, WritesWhatReaderReads) {
  Bytes out;
  ByteWriter writer(out);
  writer.WriteU24(0x0a0b0c);
  writer.WriteU64(0x1122334455667788);
  writer.WriteText("ok");
  ByteReader reader(out);
  EXPECT_EQ(reader.ReadU24(), 0x0a0b0cU);
  EXPECT_EQ(reader.ReadU64(), 0x1122334455667788U);
  EXPECT_EQ(AsText(reader.rest()), "ok");
}

}  // namespace
}  // namespace ingress
