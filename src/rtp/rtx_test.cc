#include "rtp/rtx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;

TEST(BuildRtxTest, PutsTheOriginalSequenceNumberBeforeThePayload) {
  RtpPacket original;
  original.WriteHeader({.payload_type = 96,
                        .marker = true,
                        .sequence = 0xabcd,
                        .timestamp = 0x01020304,
                        .ssrc = 0x11111111},
                       {.mid = 1, .rid = 2}, {.mid = "1", .rid = "q"});
  std::ranges::copy(Bytes{0x65, 0x88}, original.payload_space().begin());
  original.SetPayloadSize(2);

  RtpPacket rtx;
  BuildRtx(original, {.payload_type = 97, .sequence = 0x0007, .ssrc = 0x22222222},
           {.mid = 1, .repaired_rid = 3}, {.mid = "1", .repaired_rid = "q"}, rtx);
  EXPECT_THAT(rtx.bytes(), ElementsAre(0x90, 0xe1, 0x00, 0x07,  // X, marker kept, PT 97, own number
                                       0x01, 0x02, 0x03, 0x04,  // original timestamp
                                       0x22, 0x22, 0x22, 0x22,  // RTX SSRC
                                       0xbe, 0xde, 0x00, 0x01,  //
                                       0x10, '1', 0x30, 'q',    // MID, repaired RID
                                       0xab, 0xcd,              // OSN
                                       0x65, 0x88));
}

}  // namespace
}  // namespace ingress::rtp
