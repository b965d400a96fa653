#include "domain/warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr TimePoint kStart{100s};

std::vector<std::string> Names(const Warnings& warnings) {
  std::vector<std::string> names;
  for (const Warning& warning : warnings.active()) names.emplace_back(warning.name());
  return names;
}

TEST(WarningCatalogueTest, SaysCauseAndRemedyOfEveryWarning) {
  std::set<std::string_view> names;
  for (const WarningTraits& traits : AllWarnings()) {
    SCOPED_TRACE(traits.name);
    EXPECT_TRUE(names.insert(traits.name).second);
    EXPECT_THAT(std::string(traits.name), MatchesRegex("[a-z]+(_[a-z]+)*"));
    EXPECT_THAT(traits.cause, Not(EndsWith(".")));  // a detail may follow in parentheses
    EXPECT_THAT(traits.remedy, EndsWith("."));
    EXPECT_EQ(WarningCodeOf(static_cast<std::uint32_t>(traits.code)), traits.code);
  }
  EXPECT_EQ(WarningCodeOf(static_cast<std::uint32_t>(kWarningCodes)), std::nullopt);
}

TEST(WarningTest, ShowsHostileDetailsSafely) {
  const Warning warning(WarningCode::kAudioUnusable, std::string(1000, 'x') + "\n\x1b[2J");
  EXPECT_LT(warning.cause().size(), 500U);
  EXPECT_THAT(warning.Message(), Not(HasSubstr("\n")));
}

TEST(WarningsTest, TellsAFaultOnceWhileItLasts) {
  Warnings warnings;
  EXPECT_THAT(warnings.Poll(kStart), IsEmpty());
  warnings.Raise(WarningCode::kAvSkew, "1.4 s", kStart);
  ASSERT_THAT(warnings.Poll(kStart), SizeIs(1));
  EXPECT_THAT(Names(warnings), ElementsAre("av_skew"));
  EXPECT_THAT(warnings.active().front().cause(), HasSubstr("(1.4 s)"));
  warnings.Raise(WarningCode::kAvSkew, "1.5 s", kStart + 1s);
  EXPECT_THAT(warnings.Poll(kStart + 1s), IsEmpty());
}

TEST(WarningsTest, KeepsTheDetailForAWhile) {
  Warnings warnings;
  warnings.Raise(WarningCode::kEncoderSlow, "0.90", kStart);
  warnings.Poll(kStart);
  warnings.Raise(WarningCode::kEncoderSlow, "0.80", kStart + 1s);
  warnings.Poll(kStart + 1s);
  EXPECT_THAT(warnings.active().front().cause(), HasSubstr("0.90"));
  warnings.Poll(kStart + Warnings::kDetailEvery);
  EXPECT_THAT(warnings.active().front().cause(), HasSubstr("0.80"));
}

TEST(WarningsTest, IsOverWhenTheFaultStaysAway) {
  Warnings warnings;
  warnings.Raise(WarningCode::kUploadTooSlow, "", kStart);
  warnings.Poll(kStart);
  warnings.Clear(WarningCode::kUploadTooSlow, kStart + 10s);
  EXPECT_THAT(warnings.Poll(kStart + 10s + Warnings::kClearAfter - 1ms), IsEmpty());
  EXPECT_THAT(Names(warnings), ElementsAre("upload_too_slow"));
  const auto changes = warnings.Poll(kStart + 10s + Warnings::kClearAfter);
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_TRUE(changes.front().over);
  EXPECT_THAT(Names(warnings), IsEmpty());
}

TEST(WarningsTest, TakesAFaultThatComesAndGoesForOne) {
  Warnings warnings;
  std::size_t reported = 0;
  for (int second = 0; second < 60; ++second) {
    const TimePoint now = kStart + std::chrono::seconds(second);
    if (second % 3 == 0) warnings.Raise(WarningCode::kVideoDropped, "", now);
    if (second % 3 == 1) warnings.Clear(WarningCode::kVideoDropped, now);
    reported += warnings.Poll(now).size();
  }
  EXPECT_EQ(reported, 1U);
}

TEST(WarningsTest, NeverTellsOfAFaultThatIsOverBeforeItIsTold) {
  Warnings warnings;
  warnings.Raise(WarningCode::kVideoDropped, "", kStart);
  warnings.Clear(WarningCode::kVideoDropped, kStart + 1ms);
  EXPECT_THAT(warnings.Poll(kStart + 1s), IsEmpty());
  EXPECT_THAT(Names(warnings), IsEmpty());
}

}  // namespace
}  // namespace ingress
