#include "observability/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::observability {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, KeepsTheNamesAndLabelsOfTheGoService) {
  MetricsRegistry registry("NE_test");
  ServiceMetrics metrics(registry);
  metrics.node_cpu_load.Set(0.25);
  metrics.available.Set(1);
  metrics.requests.At(InputType::kRtmp, Transcodes::kYes).Increment();
  metrics.publish_status.At(InputType::kRtmp, PublishStatus::kSuccess).Increment();
  metrics.publish_status.At(InputType::kRtmp, PublishStatus::kClientError).Increment(2);

  const std::string text = registry.Serialize();
  for (const char* line : {
           "# TYPE livekit_node_cpu_load gauge\n",
           "livekit_node_cpu_load{node_id=\"NE_test\",node_type=\"INGRESS\"} 0.25\n",
           "livekit_ingress_available{node_id=\"NE_test\"} 1\n",
           "livekit_ingress_requests{node_id=\"NE_test\",transcoding=\"true\",type=\"rtmp\"} 1\n",
           "# TYPE livekit_ingress_publish_status counter\n",
           "livekit_ingress_publish_status{node_id=\"NE_test\",status=\"success\",type=\"rtmp\"} "
           "1\n",
           "livekit_ingress_publish_status{node_id=\"NE_test\",status=\"4xx\",type=\"rtmp\"} 2\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, GivesTheSameSeriesForTheSameLabels) {
  MetricsRegistry registry("n");
  ServiceMetrics metrics(registry);
  metrics.handlers.At(HandlerState::kWarm).Set(3);
  EXPECT_EQ(metrics.handlers.At(HandlerState::kWarm).Value(), 3);
  EXPECT_EQ(metrics.handlers.At(HandlerState::kBusy).Value(), 0);
}

TEST(MetricsTest, CountsFailuresByTheirCode) {
  MetricsRegistry registry("n");
  ServiceMetrics metrics(registry);
  metrics.CountFailure("no_capacity");
  metrics.CountFailure("no_capacity");
  EXPECT_THAT(registry.Serialize(),
              HasSubstr("livekit_ingress_failures_total{node_id=\"n\",code=\"no_capacity\"} 2\n"));
}

TEST(MetricsTest, LetsAModuleAddItsOwn) {
  MetricsRegistry registry("n");
  auto& family = registry.AddHistogram("livekit_ingress_start_seconds", "Start.");
  family.Add({}, prometheus::Histogram::BucketBoundaries{0.1, 1}).Observe(0.5);
  EXPECT_THAT(registry.Serialize(),
              HasSubstr("livekit_ingress_start_seconds_bucket{node_id=\"n\",le=\"1\"} 1\n"));
}

TEST(MetricsTest, EscapesLabelValues) {
  MetricsRegistry registry("a\"b\nc");
  ServiceMetrics metrics(registry);
  metrics.available.Set(1);
  EXPECT_THAT(registry.Serialize(), HasSubstr(R"(node_id="a\"b\nc")"));
}

TEST(MetricsTest, ReportsTheProcessItself) {
  MetricsRegistry registry("n");
  const std::string text = registry.Serialize();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_open_fds", "process_max_fds", "process_threads",
                           "process_virtual_memory_bytes", "process_start_time_seconds"}) {
    EXPECT_THAT(text, ContainsRegex(std::string("\n") + name + " [0-9]"));
  }
  EXPECT_THAT(text, Not(HasSubstr("process_open_fds 0\n")));
}

TEST(MetricsTest, CountsLogLinesThatAreTold) {
  MetricsRegistry registry("n");
  ServiceMetrics metrics(registry);
  metrics.SetLogLinesDropped(3);
  metrics.SetLogLinesDropped(3);
  metrics.SetLogLinesDropped(5);
  EXPECT_THAT(registry.Serialize(),
              HasSubstr("livekit_ingress_log_lines_dropped_total{node_id=\"n\"} 5\n"));
}

TEST(MetricsTest, NamesEveryLabelValue) {
  EXPECT_EQ(Label(InputType::kWhip).value, "whip");
  EXPECT_EQ(Label(InputType::kUrl).value, "url");
  EXPECT_EQ(Label(Transcodes::kNo).value, "false");
  EXPECT_EQ(Label(PublishStatus::kServerError).value, "5xx");
  EXPECT_EQ(Label(PublishStatus::kInternal).value, "internal");
}

}  // namespace
}  // namespace ingress::observability
