#include "rtp_receive/vp9_depacketizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "rtp_receive/testing/assemble.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;

Result<testing::AssembledFrame> Assemble(std::initializer_list<Bytes> payloads) {
  return testing::AssembleBy<Vp9Depacketizer>(payloads);
}

TEST(Vp9DepacketizerTest, ReadsNonFlexibleDescriptors) {
  // I, L, B and V; picture id of 15 bits; layers and TL0PICIDX; one layer with its size, one
  // picture.
  const auto key = Assemble(
      {{0xaa, 0x92, 0x34, 0x00, 0x07, 0x18, 0x05, 0x00, 0x02, 0xd0, 0x01, 0x14, 0x01, 1, 2},
       {0xa4, 0x92, 0x34, 0x00, 0x07, 3}});
  ASSERT_TRUE(key.has_value()) << key.error().context;
  EXPECT_THAT(key->data, ElementsAre(1, 2, 3));
  EXPECT_TRUE(key->info.key_frame);
  EXPECT_EQ(key->info.picture_id, 0x1234);
  EXPECT_EQ(key->info.picture_id_bits, 15);
}

TEST(Vp9DepacketizerTest, ReadsFlexibleDescriptors) {
  // I, P, F, B and E; picture id of seven bits; two references.
  const auto frame = Assemble({{0xdc, 0x05, 0x03, 0x04, 9}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(frame->data, ElementsAre(9));
  EXPECT_FALSE(frame->info.key_frame);
  EXPECT_EQ(frame->info.picture_id, 5);
  EXPECT_EQ(frame->info.picture_id_bits, 7);
}

TEST(Vp9DepacketizerTest, TakesTheBaseOfSpatialLayers) {
  const auto frame = Assemble({{0x2c, 0x00, 0x07, 1}, {0x6c, 0x02, 0x07, 2}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(frame->data, ElementsAre(1));
  EXPECT_TRUE(frame->info.key_frame);
}

TEST(Vp9DepacketizerTest, RefusesWhatIsCutOffOrOutOfPlace) {
  for (const Bytes& payload : {Bytes{0x0c}, Bytes{0x8c, 0x80}, Bytes{0x8c, 0x92, 0x34},
                               Bytes{0x2c, 0x00}, Bytes{0x5c, 0x03}, Bytes{0x0e, 0x18, 1}}) {
    EXPECT_FALSE(Assemble({payload}).has_value());
  }
  EXPECT_FALSE(Assemble({{0x04, 1}}).has_value());             // without its start
  EXPECT_FALSE(Assemble({{0x08, 1}}).has_value());             // without its end
  EXPECT_FALSE(Assemble({{0x0c, 1}, {0x0c, 2}}).has_value());  // two in one
  EXPECT_TRUE(Assemble({{0x08, 1}, {0x00, 2}, {0x04, 3}}).has_value());
}

TEST(Vp9DepacketizerTest, KnowsWhereAFrameBegins) {
  const Vp9Depacketizer depacketizer;
  EXPECT_TRUE(depacketizer.BeginsFrame(Bytes{0x08, 1}));
  EXPECT_FALSE(depacketizer.BeginsFrame(Bytes{0x04, 1}));
  EXPECT_FALSE(depacketizer.BeginsFrame(Bytes{0x28, 0x02, 0x07, 1}));  // of a higher layer
  EXPECT_FALSE(depacketizer.BeginsFrame(Bytes{0x08}));
}

}  // namespace
}  // namespace ingress::rtp_receive
