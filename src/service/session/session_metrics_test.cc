#include "service/session/session_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ipc::Report Sent(std::uint64_t packets) {
  ipc::Report report;
  auto& layer = *report.add_layers();
  layer.set_quality("high");
  layer.set_packets(packets);
  (*report.mutable_drops())["late"] = packets / 10;
  return report;
}

TEST(SessionMetricsTest, SumsUpWhatHandlersCountAlsoWhenOneBeginsAnew) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  metrics.OnReport(InputKind::kRtmp, {}, Sent(100));
  metrics.OnReport(InputKind::kRtmp, Sent(100), Sent(150));
  metrics.OnReport(InputKind::kRtmp, Sent(150), Sent(30));
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(sent_packets_total{node_id="NE_1",layer="high"} 180)"));
  EXPECT_THAT(text, HasSubstr(R"(drops_total{node_id="NE_1",reason="late"} 18)"));
}

TEST(SessionMetricsTest, ShowsTheLargestSkewAndDelay) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  for (const double skew : {1400.0, 200.0, -300.0}) {
    ipc::Report report;
    report.set_av_skew_ms(skew);
    report.set_input_behind_ms(2500 + skew);
    metrics.AddInputDelays(report);
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

TEST(SessionMetricsTest, MakesNoSeriesOfWordsThatItDoesNotKnow) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  metrics.CountRpc("GetIngressInfo", "ok");
  metrics.CountRpc("GetIngressInfo", "made_up_by_a_peer");
  metrics.ClearRoutes();
  metrics.AddRoute("hybrid");
  metrics.AddRoute("what else");
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(code="ok")"));
  EXPECT_THAT(text, HasSubstr(R"(code="other")"));
  EXPECT_THAT(text, Not(HasSubstr("made_up")));
  EXPECT_THAT(text, HasSubstr(R"(sessions{node_id="NE_1",route="hybrid"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(sessions{node_id="NE_1",route="other"} 1)"));
}

TEST(SessionMetricsTest, CountsSessionsByWarning) {
  observability::MetricsRegistry registry("NE_1");
  SessionMetrics metrics(registry);
  ipc::Report report;
  report.add_warnings()->set_code("av_skew");
  report.add_warnings()->set_code("what else");
  metrics.ClearWarnings();
  metrics.AddWarnings(report);
  metrics.AddWarnings(report);
  const std::string text = registry.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(warnings{node_id="NE_1",code="av_skew"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(warnings{node_id="NE_1",code="encoder_slow"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr("what else")));
}

}  // namespace
}  // namespace ingress::service
