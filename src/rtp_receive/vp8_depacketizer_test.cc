#include "rtp_receive/vp8_depacketizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "rtp/vp8_packetizer.h"
#include "rtp_receive/testing/assemble.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;

Result<testing::AssembledFrame> Assemble(std::initializer_list<Bytes> payloads) {
  return testing::AssembleBy<Vp8Depacketizer>(payloads);
}

TEST(Vp8DepacketizerTest, ReadsDescriptorsOfEveryLength) {
  const auto plain = Assemble({{0x10, 0x01, 2}, {0x00, 3}});
  ASSERT_TRUE(plain.has_value());
  EXPECT_THAT(plain->data, ElementsAre(1, 2, 3));
  EXPECT_FALSE(plain->info.key_frame);
  EXPECT_FALSE(plain->info.disposable);
  EXPECT_FALSE(plain->info.picture_id.has_value());

  const auto narrow = Assemble({{0x90, 0x80, 0x7f, 0x00, 9}});  // seven bits; a key frame
  ASSERT_TRUE(narrow.has_value());
  EXPECT_THAT(narrow->data, ElementsAre(0, 9));
  EXPECT_TRUE(narrow->info.key_frame);
  EXPECT_EQ(narrow->info.picture_id, 0x7f);
  EXPECT_EQ(narrow->info.picture_id_bits, 7);

  const auto wide = Assemble({{0xb0, 0xf0, 0x92, 0x34, 5, 0x40, 0x01}});  // N; I, L, T and K
  ASSERT_TRUE(wide.has_value());
  EXPECT_THAT(wide->data, ElementsAre(1));
  EXPECT_TRUE(wide->info.disposable);
  EXPECT_EQ(wide->info.picture_id, 0x1234);
  EXPECT_EQ(wide->info.picture_id_bits, 15);
}

TEST(Vp8DepacketizerTest, ReadsWhatOurOwnPacketizerWrites) {
  const Bytes frame(2'000, 0x10);
  rtp::Vp8Packetizer packetizer(700, 0x7fff);
  const auto payloads = packetizer.Start(frame);
  ASSERT_TRUE(payloads.has_value());
  Vp8Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes out;
  Bytes payload(700);
  for (std::size_t i = 0; i < *payloads; ++i) {
    const std::size_t size = packetizer.WriteNext(payload);
    const ByteView view = ByteView(payload).first(size);
    EXPECT_EQ(depacketizer.BeginsFrame(view), i == 0);
    ASSERT_TRUE(depacketizer.Add(view, out).has_value());
  }
  EXPECT_EQ(out, frame);
  EXPECT_EQ(depacketizer.info().picture_id, 0x7fff);
}

TEST(Vp8DepacketizerTest, RefusesWhatIsCutOffOrOutOfPlace) {
  for (const Bytes& payload : {Bytes{0x10}, Bytes{0x90}, Bytes{0x90, 0x80}, Bytes{0x90, 0x80, 0x92},
                               Bytes{0x90, 0x80, 0x92, 0x34}, Bytes{0x90, 0x70, 5, 1}}) {
    EXPECT_FALSE(Assemble({payload}).has_value());
  }
  EXPECT_FALSE(Assemble({{0x00, 1}}).has_value());             // begins in the middle
  EXPECT_FALSE(Assemble({{0x10, 1}, {0x10, 1}}).has_value());  // begins twice
  EXPECT_TRUE(Assemble({{0x10, 1}, {0x11, 1}}).has_value());   // another partition
}

}  // namespace
}  // namespace ingress::rtp_receive
