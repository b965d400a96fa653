#include "service/session/reception_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using ::testing::HasSubstr;

ipc::Reception Received(std::uint64_t packets) {
  ipc::Reception reception;
  reception.set_path(ipc::Reception::UDP);
  reception.set_packets(packets);
  reception.set_lost(packets / 100);
  reception.set_nacks(packets / 50);
  reception.set_jitter_ms(static_cast<double>(packets));
  return reception;
}

class ReceptionMetricsTest : public ::testing::Test {
 protected:
  observability::MetricsRegistry registry_{"NE_1"};
  ReceptionMetrics metrics_{registry_};
};

TEST_F(ReceptionMetricsTest, SumsUpWhatHandlersCountAlsoWhenOneBeginsAnew) {
  metrics_.OnReception({}, Received(100));
  metrics_.OnReception(Received(100), Received(300));
  metrics_.OnReception(Received(300), Received(200));
  const std::string text = registry_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(whip_packets_total{node_id="NE_1",result="received"} 500)"));
  EXPECT_THAT(text, HasSubstr(R"(whip_packets_total{node_id="NE_1",result="lost"} 5)"));
  EXPECT_THAT(text, HasSubstr(R"(whip_feedback_total{node_id="NE_1",kind="nack"} 10)"));
}

TEST_F(ReceptionMetricsTest, ShowsWhoIsThereAndTheLargestTimes) {
  metrics_.Add(Received(30));
  metrics_.Add(Received(20));
  metrics_.Add({});  // not connected yet
  std::string text = registry_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(whip_clients{node_id="NE_1",protocol="udp"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(whip_clients{node_id="NE_1",protocol="tcp"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(whip_jitter_seconds{node_id="NE_1"} 0.03)"));
  metrics_.Clear();
  text = registry_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(whip_clients{node_id="NE_1",protocol="udp"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(whip_jitter_seconds{node_id="NE_1"} 0)"));
}

}  // namespace
}  // namespace ingress::service
