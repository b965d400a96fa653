#include "rtp_receive/unidentified_packets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

class UnidentifiedPacketsTest : public ::testing::Test {
 protected:
  void Keep(std::uint32_t ssrc, std::uint8_t number, TimePoint arrival = kStart) {
    const Bytes payload = {number};
    packets_.Keep({.header = {.ssrc = ssrc}, .payload = payload}, arrival);
  }
  std::vector<int> Take(std::uint32_t ssrc, TimePoint now = kStart) {
    std::vector<int> numbers;
    for (const auto& packet : packets_.Take(ssrc, now)) numbers.push_back(packet.payload[0]);
    return numbers;
  }

  UnidentifiedPackets packets_;
};

TEST_F(UnidentifiedPacketsTest, GivesThoseOfOneSsrcInTheirOrderOnce) {
  Keep(1, 10);
  Keep(2, 20);
  Keep(1, 11);
  EXPECT_THAT(Take(1), ElementsAre(10, 11));
  EXPECT_THAT(Take(1), IsEmpty());
  EXPECT_THAT(Take(2), ElementsAre(20));
}

TEST_F(UnidentifiedPacketsTest, ForgetsWhatIsTooOld) {
  Keep(1, 10);
  Keep(1, 11, kStart + 200ms);
  EXPECT_THAT(Take(1, kStart + 600ms), ElementsAre(11));
  Keep(1, 12);
  EXPECT_THAT(Take(2, kStart + 600ms), IsEmpty());
  EXPECT_THAT(Take(1), IsEmpty());
}

TEST_F(UnidentifiedPacketsTest, KeepsABoundedNumber) {
  for (std::uint8_t i = 0; i < 200; ++i) Keep(1, i);
  const auto numbers = Take(1);
  EXPECT_THAT(numbers, SizeIs(UnidentifiedPackets::kMax));
  EXPECT_EQ(numbers.back(), 199);
}

}  // namespace
}  // namespace ingress::rtp_receive
