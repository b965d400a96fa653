#include "ipc/line_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress::ipc {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr TimePoint kStart{};

class LineFilterTest : public ::testing::Test {
 protected:
  LineFilter Make(LineFilter::Limits limits = {}) {
    return {limits, [this](std::string_view line) { lines_.emplace_back(line); }};
  }

  std::vector<std::string> lines_;
};

TEST_F(LineFilterTest, PutsLinesTogether) {
  LineFilter filter = Make();
  filter.Receive(AsBytes("one\r\ntw"), kStart);
  EXPECT_THAT(lines_, ElementsAre("one"));
  filter.Receive(AsBytes("o\n\n\nthree\nfour"), kStart);
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
  filter.Finish(kStart);
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three", "four"));
}

TEST_F(LineFilterTest, CutsALongLine) {
  LineFilter filter = Make({.line_length = 4});
  for (int i = 0; i < 1000; ++i) filter.Receive(AsBytes("abc"), kStart);
  filter.Receive(AsBytes("\nxyz\n"), kStart);
  EXPECT_THAT(lines_, ElementsAre("abca", "xyz"));
}

TEST_F(LineFilterTest, BoundsTheRateAndTellsWhatIsMissing) {
  LineFilter filter = Make({.lines_per_second = 2});
  for (int i = 0; i < 5; ++i) filter.Receive(AsBytes("line\n"), kStart + 5s);
  EXPECT_THAT(lines_, ElementsAre("line", "line"));
  filter.Receive(AsBytes("next\n"), kStart + 6s);
  EXPECT_THAT(lines_,
              ElementsAre("line", "line", "3 lines left out: more than 2 a second", "next"));
}

TEST_F(LineFilterTest, TellsWhatIsMissingAtTheEnd) {
  LineFilter filter = Make({.lines_per_second = 1});
  filter.Receive(AsBytes("a\nb\nc"), kStart + 5s);
  filter.Finish(kStart + 5s);
  EXPECT_THAT(lines_, ElementsAre("a", "2 lines left out: more than 1 a second"));
}

}  // namespace
}  // namespace ingress::ipc
