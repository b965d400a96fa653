#include "observability/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace ingress::observability {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class LoggerTest : public testing::Test {
 protected:
  Logger Make(bool json, LogLevel level = LogLevel::kDebug) {
    return Logger({.level = level, .json = json},
                  [this](std::string_view line) { lines_.emplace_back(line); });
  }

  // The line without its time stamp.
  std::string Last() const { return lines_.back().substr(sizeof("2026-01-02T03:04:05.678Z")); }

  std::vector<std::string> lines_;
};

TEST_F(LoggerTest, WritesTextLines) {
  const Logger log = Make(false);
  log.Info("publish accepted", {{"ingressID", "IN_x"}, {"room", "my room"}, {"layers", 3}});
  EXPECT_THAT(lines_.back(),
              ContainsRegex("^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\\.[0-9]{3}Z "));
  EXPECT_EQ(Last(), R"(INFO  publish accepted ingressID=IN_x room="my room" layers=3)");
  log.Error("gone");
  EXPECT_EQ(Last(), "ERROR gone");
}

TEST_F(LoggerTest, WritesJsonLines) {
  const Logger log = Make(true);
  log.Warn("a \"b\"", {{"room", "ro\"om"}, {"up", true}, {"ratio", 0.5}, {"n", -1}});
  EXPECT_THAT(lines_.back(), StartsWith("{\"ts\":\"20"));
  EXPECT_THAT(
      lines_.back(),
      EndsWith(R"("level":"warn","msg":"a \"b\"","room":"ro\"om","up":true,"ratio":0.5,"n":-1})"));
}

TEST_F(LoggerTest, KnowsItsOwnLines) {
  for (const bool json : {false, true}) {
    const Logger log = Make(json);
    log.Debug("m");
    log.Info("m", {{"a", 1}});
    log.Warn("m");
    log.Error("m");
  }
  for (const std::string& line : lines_) EXPECT_TRUE(IsLogLine(line)) << line;
}

TEST_F(LoggerTest, TakesNoLineOfAnotherForItsOwn) {
  for (const char* line :
       {"", "{", R"({"ts":"now","level":"info"})", R"({"ts":"2026-01-02T03:04:05.678Z","msg":"m"})",
        "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z NOTE  m",
        "2026-01-02T03:04:05.678Z  INFO m", "2026-01-02 03:04:05.678Z INFO  m",
        "==1== ERROR: AddressSanitizer: heap-use-after-free"}) {
    EXPECT_FALSE(IsLogLine(line)) << line;
  }
}

TEST_F(LoggerTest, RendersEveryKindOfValue) {
  const Logger log = Make(true);
  const std::string text = "t";
  log.Info("m", {{"a", std::numeric_limits<std::uint64_t>::max()},
                 {"b", std::numeric_limits<std::int64_t>::min()},
                 {"c", std::uint8_t{7}},
                 {"d", text},
                 {"e", std::string_view("v")},
                 {"f", std::numeric_limits<double>::quiet_NaN()},
                 {"g", Error{ErrorCode::kClosed, "peer left"}}});
  EXPECT_THAT(lines_.back(),
              EndsWith(R"("a":18446744073709551615,"b":-9223372036854775808,"c":7,"d":"t",)"
                       R"("e":"v","f":"nan","g":"peer left"})"));
}

TEST_F(LoggerTest, ChildrenCarryTheFieldsOfTheirParents) {
  const Logger log = Make(false);
  const Logger session = log.With({{field::kIngressId, "IN_1"}, {field::kRoom, "r"}});
  const Logger track = session.With({{field::kTrackSid, "TR_1"}});
  track.Info("published", {{"layers", 2}});
  EXPECT_EQ(Last(), "INFO  published ingressID=IN_1 room=r trackSID=TR_1 layers=2");
  log.Info("idle");
  EXPECT_EQ(Last(), "INFO  idle");
}

TEST_F(LoggerTest, TheNearestOfTwoEqualKeysWins) {
  const Logger session = Make(false).With({{"room", "a"}, {"peer", "p"}});
  session.With({{"room", "b"}}).Info("m");
  EXPECT_EQ(Last(), "INFO  m peer=p room=b");
  session.Info("m", {{"room", "c"}});
  EXPECT_EQ(Last(), "INFO  m peer=p room=c");
}

TEST_F(LoggerTest, AChildOutlivesItsParentAndTheTextOfItsFields) {
  std::optional<Logger> child;
  {
    const Logger parent = Make(false);
    const std::string room = "room_" + std::to_string(lines_.size());
    child = parent.With({{"room", room}});
  }
  child->Info("m");
  EXPECT_EQ(Last(), "INFO  m room=room_0");
}

TEST_F(LoggerTest, DropsWhatIsBelowTheLevelAndFollowsItsChange) {
  Logger log = Make(false, LogLevel::kWarn);
  const Logger child = log.With({{"a", 1}});
  child.Info("quiet");
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_FALSE(child.enabled(LogLevel::kInfo));
  log.SetLevel(LogLevel::kDebug);
  child.Debug("loud");
  EXPECT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(child.level(), LogLevel::kDebug);
}

TEST_F(LoggerTest, APeerCannotForgeALine) {
  const Logger log = Make(false);
  log.Info("publish", {{"peer", "x\n2026-01-02T03:04:05.678Z ERROR forged"}, {"b", "y\" c=1"}});
  EXPECT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(Last(), R"(INFO  publish peer="x\n2026-01-02T03:04:05.678Z ERROR forged" b="y\" c=1")");
}

TEST_F(LoggerTest, CutsLongValues) {
  Make(false).Info("m", {{"v", std::string(Logger::kMaxValueBytes + 5, 'x')}});
  EXPECT_THAT(Last(), EndsWith("xxx…(+5 bytes)\""));
}

TEST_F(LoggerTest, TakesBracesLiterally) {
  Make(false).Info("100% {} {0}", {{"v", "{}%s"}});
  EXPECT_EQ(Last(), "INFO  100% {} {0} v=\"{}%s\"");
}

TEST_F(LoggerTest, KeepsLinesOfSeveralThreadsApart) {
  const Logger log = Make(false);
  {
    const auto write = [log] {
      for (int i = 0; i < 200; ++i) log.Info("m", {{"i", i}});
    };
    const std::jthread a(write);
    const std::jthread b(write);
  }
  EXPECT_THAT(lines_, SizeIs(400));
  EXPECT_THAT(lines_, testing::Each(ContainsRegex("INFO  m i=[0-9]+$")));
}

TEST(NullLoggerTest, WritesNothing) {
  Logger log = Logger::Null();
  log.With({{"a", 1}}).Error("m");
  log.SetLevel(LogLevel::kDebug);
  EXPECT_FALSE(log.enabled(LogLevel::kError));
}

TEST(StandardStreamLoggerTest, WritesToTheStreamItWasToldTo) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  Logger({}).Info("to stderr");
  Logger({.json = true, .output = Logger::Output::kStdout}).Info("to stdout");
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_THAT(out, EndsWith("\"msg\":\"to stdout\"}\n"));
  EXPECT_THAT(out, Not(HasSubstr("stderr")));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), EndsWith("INFO  to stderr\n"));
}

}  // namespace
}  // namespace ingress::observability
