#include "sdp/sprop_parameter_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SpropParameterSetsTest, ReadsThoseOfH264) {
  const NegotiatedTrack track{
      .codec = VideoCodec::kH264,
      .fmtp = "packetization-mode=1; sprop-parameter-sets=Z0LgH9oB,aM4G4g==;x=y"};
  EXPECT_THAT(SpropParameterSets(track), ElementsAre(Bytes{0x67, 0x42, 0xe0, 0x1f, 0xda, 0x01},
                                                     Bytes{0x68, 0xce, 0x06, 0xe2}));
}

TEST(SpropParameterSetsTest, ReadsThoseOfHevcInTheirOrder) {
  const NegotiatedTrack track{.codec = VideoCodec::kHevc,
                              .fmtp = "sprop-pps=RAE=;sprop-sps=QgE=;sprop-vps=QAE="};
  EXPECT_THAT(SpropParameterSets(track),
              ElementsAre(Bytes{0x40, 0x01}, Bytes{0x42, 0x01}, Bytes{0x44, 0x01}));
}

TEST(SpropParameterSetsTest, PassesOverWhatIsNone) {
  EXPECT_THAT(SpropParameterSets({.codec = VideoCodec::kH264}), IsEmpty());
  EXPECT_THAT(SpropParameterSets({.codec = VideoCodec::kH264, .fmtp = "sprop-parameter-sets=!,,"}),
              IsEmpty());
  EXPECT_THAT(SpropParameterSets({.codec = AudioCodec::kOpus, .fmtp = "sprop-parameter-sets=Z0I="}),
              IsEmpty());
}

}  // namespace
}  // namespace ingress::sdp
