#include "service/session/session_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/warning.h"

namespace ingress::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ipc::Counters Sent(std::uint64_t packets) {
  ipc::Counters counters;
  auto& layer = *counters.add_senders();
  layer.set_sender(ipc::SENDER_HIGH);
  layer.set_packets(packets);
  counters.mutable_drops()->set_late(packets / 10);
  return counters;
}

TEST(SessionMetricsTest, SumsUpWhatHandlersCountAlsoWhenOneBeginsAnew) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  metrics.OnCounters({}, Sent(100));
  metrics.OnCounters(Sent(100), Sent(150));
  metrics.OnCounters(Sent(150), Sent(30));
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(sent_packets_total{node_id="NE_1",layer="high"} 180)"));
  EXPECT_THAT(text, HasSubstr(R"(drops_total{node_id="NE_1",reason="late"} 18)"));
}

TEST(SessionMetricsTest, ShowsTheLargestSkewAndDelay) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  for (const double skew : {1400.0, 200.0, -300.0}) {
    ipc::Counters counters;
    counters.set_av_skew_ms(skew);
    counters.set_input_behind_ms(2500 + skew);
    metrics.AddInputDelays(counters);
  }
  std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(av_skew_seconds{node_id="NE_1",late="video"} 1.4)"));
  EXPECT_THAT(text, HasSubstr(R"(av_skew_seconds{node_id="NE_1",late="audio"} 0.3)"));
  EXPECT_THAT(text, HasSubstr(R"(input_behind_seconds{node_id="NE_1"} 3.9)"));
  metrics.ClearInputDelays();
  text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(av_skew_seconds{node_id="NE_1",late="video"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(input_behind_seconds{node_id="NE_1"} 0)"));
}

TEST(SessionMetricsTest, AddsNoDelayBelowZero) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  ipc::Counters counters;
  counters.set_delay_ms(-5000);
  metrics.OnDelay(InputKind::kRtmp, counters);
  counters.set_delay_ms(2000);
  metrics.OnDelay(InputKind::kRtmp, counters);
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, ::testing::ContainsRegex(R"(packet_latency_seconds_sum\{[^}]*\} 2)"));
}

TEST(SessionMetricsTest, CountsWhatEncodersDo) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  metrics.OnMedia(1000);
  metrics.OnMedia(200);
  metrics.OnRelayDrops(0, 0);
  EXPECT_THAT(registry.Serialize(), Not(HasSubstr("handler_behind")));
  metrics.OnRelayDrops(0, 3);
  metrics.OnRelayDrops(3, 4);
  metrics.CountChange(SessionMetrics::Change::kReconnect);
  metrics.CountChange(SessionMetrics::Change::kTakeover);
  metrics.CountChange(SessionMetrics::Change::kHandOver);
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(received_bytes_total{node_id="NE_1"} 1200)"));
  EXPECT_THAT(text, HasSubstr(R"(drops_total{node_id="NE_1",reason="handler_behind"} 4)"));
  for (const char* kind : {"reconnect", "takeover", "hand_over"}) {
    EXPECT_THAT(text, HasSubstr(R"(encoder_changes_total{node_id="NE_1",kind=")" +
                                std::string(kind) + R"("} 1)"));
  }
}

TEST(SessionMetricsTest, MakesNoSeriesOfWhatItDoesNotKnow) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  metrics.CountRpc("GetIngressInfo", "ok");
  metrics.CountRpc("GetIngressInfo", "made_up_by_a_peer");
  metrics.ClearRoutes();
  metrics.AddRoute(Route::kHybrid);
  metrics.AddRoute(std::nullopt);
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(code="ok")"));
  EXPECT_THAT(text, HasSubstr(R"(code="other")"));
  EXPECT_THAT(text, Not(HasSubstr("made_up")));
  EXPECT_THAT(text, HasSubstr(R"(sessions{node_id="NE_1",route="hybrid"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(sessions{node_id="NE_1",route="none"} 1)"));
}

TEST(SessionMetricsTest, CountsSessionsByWarning) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  ipc::State state;
  state.add_warnings()->set_code(static_cast<std::uint32_t>(WarningCode::kAvSkew));
  state.add_warnings()->set_code(999);
  metrics.ClearWarnings();
  metrics.AddWarnings(state);
  metrics.AddWarnings(state);
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(warnings{node_id="NE_1",code="av_skew"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(warnings{node_id="NE_1",code="encoder_slow"} 0)"));
}

}  // namespace
}  // namespace ingress::service
