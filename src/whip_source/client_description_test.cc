#include "whip_source/client_description.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <chrono>

namespace ingress::whip_source {
namespace {

using namespace std::chrono_literals;
using Path = input::Reception::Path;
using whip_transport::Transport;

ClientStats Connected() {
  ClientStats stats;
  stats.transport.pairs = {
      {.remote = {.ip = *ParseIpAddress("192.0.2.7"), .port = 4711}, .requests = 3, .silent = 20ms},
      {.remote = {.ip = *ParseIpAddress("192.0.2.8"), .port = 4712},
       .tcp = true,
       .selected = true}};
  stats.transport.ice_after = 12ms;
  stats.transport.dtls_state = Transport::DtlsState::kConnected;
  stats.transport.dtls_version = "DTLSv1.2";
  stats.transport.dtls_cipher = "ECDHE-ECDSA-AES256-GCM-SHA384";
  stats.transport.profile = srtp::Profile::kAeadAes128Gcm;
  stats.transport.drops["rtp_replayed"] = 2;
  stats.receiver.streams = {
      {.ssrc = 1, .rid = "h", .packets = 100, .lost = 4, .jitter = 1500us, .repair_time = 30ms},
      {.ssrc = 2, .kind = TrackKind::kAudio, .packets = 50, .jitter = 2500us}};
  for (const auto& stream : stats.receiver.streams) stats.receiver.totals.Add(stream);
  stats.receiver.feedback = {.nacks = 6, .picture_losses = 1, .full_intra = 2, .max_bitrates = 9};
  return stats;
}

TEST(ClientDescriptionTest, SaysHowThePacketsCome) {
  const boost::json::object described = DescribeClient(Connected());
  EXPECT_EQ(boost::json::serialize(described.at("ice")),
            R"({"firstCheckMs":1.2E1,"restarts":0,"pairs":[)"
            R"({"remote":"192.0.2.7:4711","protocol":"udp","selected":false,"requests":3,)"
            R"("silentMs":2E1},)"
            R"({"remote":"192.0.2.8:4712","protocol":"tcp","selected":true,"requests":0,)"
            R"("silentMs":0E0}]})");
  EXPECT_EQ(boost::json::serialize(described.at("dtls")),
            R"({"state":"connected","role":"server","version":"DTLSv1.2",)"
            R"("cipher":"ECDHE-ECDSA-AES256-GCM-SHA384","srtpProfile":"SRTP_AEAD_AES_128_GCM",)"
            R"("connectedMs":null})");
  EXPECT_EQ(boost::json::serialize(described.at("feedback")),
            R"({"reports":0,"nack":6,"pli":1,"fir":2,"transportCc":0,"remb":9})");
  EXPECT_EQ(boost::json::serialize(described.at("refused")), R"({"rtp_replayed":2})");
  EXPECT_TRUE(described.at("roundTripMs").is_null());
  const auto& video = described.at("streams").as_array()[0].as_object();
  EXPECT_EQ(video.at("lost"), 4);
  EXPECT_EQ(video.at("repairMs"), 30.0);
  EXPECT_TRUE(described.at("streams").as_array()[1].at("repairMs").is_null());
}

TEST(ClientStatsTest, AreSummedUpForMetrics) {
  const input::Reception reception = ReceptionOf(Connected());
  EXPECT_EQ(reception.path, Path::kTcp);
  EXPECT_EQ(reception.packets, 150U);
  EXPECT_EQ(reception.lost, 4U);
  EXPECT_EQ(reception.key_frame_requests, 3U);
  EXPECT_EQ(reception.jitter, 2500us);  // the largest of the streams
  EXPECT_EQ(reception.repair_time, 30ms);
  EXPECT_FALSE(reception.round_trip.has_value());
}

TEST(ClientStatsTest, HaveNoPathBeforeTheHandshakeIsDone) {
  ClientStats stats = Connected();
  stats.transport.dtls_state = Transport::DtlsState::kConnecting;
  EXPECT_EQ(ReceptionOf(stats).path, Path::kNone);
}

TEST(ClientStatsTest, GoOnWithTheNextClient) {
  const input::Reception first = ReceptionOf(Connected());
  const input::Reception joined = Joined(first, {.packets = 7, .jitter = 1ms});
  EXPECT_EQ(joined.packets, 157U);
  EXPECT_EQ(joined.nacks, 6U);
  EXPECT_EQ(joined.jitter, 1ms);  // of the one that is there
  EXPECT_EQ(joined.path, Path::kNone);
}

}  // namespace
}  // namespace ingress::whip_source
