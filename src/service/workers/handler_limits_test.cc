#include "service/workers/handler_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <vector>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using Limits = HandlerLimits;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// A message of the largest session that there is.
ipc::FromHandler LargeState() {
  ipc::FromHandler message;
  ipc::State& state = *message.mutable_state();
  for (int i = 0; i < Limits::kTracks; ++i) state.add_tracks()->set_sid("TR_1");
  for (int i = 0; i < Limits::kLayers; ++i) state.add_layers();
  for (int i = 0; i < Limits::kWarnings; ++i) {
    state.add_warnings()->set_cause(std::string(Limits::kText, 'x'));
  }
  state.mutable_video()->set_framerate(60);
  return message;
}

ipc::FromHandler LargeCounters() {
  ipc::FromHandler message;
  ipc::Counters& counters = *message.mutable_counters();
  for (int i = 0; i < Limits::kSenders; ++i) counters.add_senders();
  counters.set_delay_ms(12.5);
  counters.set_av_skew_ms(-300);  // audio comes later
  counters.mutable_reception()->set_round_trip_ms(30);
  return message;
}

TEST(HandlerLimitsTest, FindsNothingInWhatHandlersSay) {
  EXPECT_EQ(FindViolation({}), std::nullopt);
  EXPECT_EQ(FindViolation(LargeState()), std::nullopt);
  EXPECT_EQ(FindViolation(LargeCounters()), std::nullopt);
  ipc::FromHandler heartbeat;
  heartbeat.mutable_heartbeat()->set_cpu_seconds(1e6);
  heartbeat.mutable_heartbeat()->set_resident_bytes(std::uint64_t{64} << 30);
  EXPECT_EQ(FindViolation(heartbeat), std::nullopt);
}

TEST(HandlerLimitsTest, SaysWhatThereIsTooMuchOf) {
  auto message = LargeCounters();
  message.mutable_counters()->add_senders();
  EXPECT_EQ(FindViolation(message), "9 senders, limit 8");
}

TEST(HandlerLimitsTest, FindsWhatIsTooMuchOfAState) {
  const std::string text(Limits::kText + 1, 'x');
  const std::vector<std::function<void(ipc::State&)>> excesses = {
      [](ipc::State& state) { state.add_tracks(); },
      [](ipc::State& state) { state.add_layers(); },
      [](ipc::State& state) { state.add_warnings(); },
      [&](ipc::State& state) { state.mutable_warnings(0)->set_cause(text); },
      [&](ipc::State& state) { state.mutable_warnings(0)->set_remedy(text); },
      [&](ipc::State& state) { state.set_room_id(text); },
      [&](ipc::State& state) { state.set_route_reason(text); },
      [&](ipc::State& state) { state.mutable_video()->set_mime_type(text); },
      [&](ipc::State& state) { state.mutable_audio()->set_mime_type(text); },
      [](ipc::State& state) {
        state.mutable_tracks(0)->set_name(std::string(Limits::kTrack, 'x'));
      },
      [](ipc::State& state) { state.mutable_video()->set_framerate(kNan); },
      [](ipc::State& state) { state.mutable_video()->set_framerate(-1); },
  };
  for (std::size_t i = 0; i < excesses.size(); ++i) {
    auto message = LargeState();
    excesses[i](*message.mutable_state());
    EXPECT_TRUE(FindViolation(message)) << i;
  }
}

TEST(HandlerLimitsTest, FindsTimesThatCannotBe) {
  for (const double value : {kNan, kInfinite, -kInfinite, 1e300}) {
    const std::vector<std::function<void(ipc::Counters&)>> times = {
        [&](ipc::Counters& counters) { counters.set_delay_ms(value); },
        [&](ipc::Counters& counters) { counters.set_av_skew_ms(value); },
        [&](ipc::Counters& counters) { counters.set_alignment_delay_ms(value); },
        [&](ipc::Counters& counters) { counters.set_input_behind_ms(value); },
        [&](ipc::Counters& counters) { counters.mutable_reception()->set_jitter_ms(value); },
        [&](ipc::Counters& counters) { counters.mutable_reception()->set_repair_ms(value); },
        [&](ipc::Counters& counters) { counters.mutable_reception()->set_round_trip_ms(value); },
    };
    for (std::size_t i = 0; i < times.size(); ++i) {
      auto message = LargeCounters();
      times[i](*message.mutable_counters());
      EXPECT_TRUE(FindViolation(message)) << i << ": " << value;
    }
  }
}

TEST(HandlerLimitsTest, FindsHeartbeatsThatCannotBe) {
  for (const double value : {kNan, kInfinite, -1.0, 1e300}) {
    ipc::FromHandler message;
    message.mutable_heartbeat()->set_cpu_seconds(value);
    EXPECT_TRUE(FindViolation(message)) << value;
  }
  ipc::FromHandler message;
  message.mutable_heartbeat()->set_resident_bytes(std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(FindViolation(message));
}

TEST(HandlerLimitsTest, FindsLongMessagesOfTheInput) {
  ipc::FromHandler message;
  message.mutable_input()->set_body(std::string(Limits::kInput + 1, 'x'));
  EXPECT_TRUE(FindViolation(message));
}

TEST(MessageBudgetTest, LastsForWhatHandlersSayAndForNoFlood) {
  const TimePoint start{};
  MessageBudget budget(start);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.Take(start));
  EXPECT_FALSE(budget.Take(start));
  EXPECT_TRUE(budget.Take(start + 100ms));
  TimePoint now = start + 1s;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(budget.Take(now += 40ms));
}

}  // namespace
}  // namespace ingress::service
