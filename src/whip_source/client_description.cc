#include "whip_source/client_description.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "stun/transport_address.h"

namespace ingress::whip_source {
namespace {

namespace json = boost::json;
using whip_transport::Transport;

template <typename Duration>
double Milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Null where it is not known.
template <typename Duration>
json::value Milliseconds(const std::optional<Duration>& duration) {
  return duration ? json::value(Milliseconds(*duration)) : json::value();
}

std::string_view NameOf(srtp::Profile profile) {  // as IANA's registry of DTLS-SRTP has it
  return profile == srtp::Profile::kAeadAes128Gcm ? "SRTP_AEAD_AES_128_GCM"
                                                  : "SRTP_AES128_CM_HMAC_SHA1_80";
}

json::object Ice(const Transport::Stats& transport) {
  json::array pairs;
  for (const ice_lite::PairStats& pair : transport.pairs) {
    pairs.push_back({{"remote", stun::ToString(pair.remote)},
                     {"protocol", pair.tcp ? "tcp" : "udp"},
                     {"selected", pair.selected},
                     {"requests", pair.requests},
                     {"silentMs", Milliseconds(pair.silent)}});
  }
  return {{"firstCheckMs", Milliseconds(transport.ice_after)},
          {"restarts", transport.ice_restarts},
          {"pairs", std::move(pairs)}};
}

json::object Dtls(const Transport::Stats& transport) {
  return {{"state", ToString(transport.dtls_state)},
          {"role", transport.dtls_role == rtc::DtlsRole::kClient ? "client" : "server"},
          {"version", transport.dtls_version},
          {"cipher", transport.dtls_cipher},
          {"srtpProfile", transport.profile ? NameOf(*transport.profile) : std::string_view()},
          {"connectedMs", Milliseconds(transport.dtls_after)}};
}

json::object Stream(const rtp_receive::StreamStats& stream) {
  const bool repaired = stream.repair_time > std::chrono::microseconds::zero();
  return {{"ssrc", stream.ssrc},
          {"kind", stream.kind == TrackKind::kVideo ? "video" : "audio"},
          {"rid", stream.rid},
          {"packets", stream.packets},
          {"bytes", stream.bytes},
          {"lost", stream.lost},
          {"repaired", stream.repaired},
          {"useless", stream.useless},
          {"requested", stream.requested},
          {"keyFrameRequests", stream.key_frame_requests},
          {"frames", stream.frames},
          {"framesIncomplete", stream.frames_incomplete},
          {"framesSkipped", stream.frames_skipped},
          {"jitterMs", Milliseconds(stream.jitter)},
          {"repairMs", repaired ? json::value(Milliseconds(stream.repair_time)) : json::value()}};
}

json::object Feedback(const rtp_receive::FeedbackStats& feedback) {
  return {{"reports", feedback.reports},
          {"nack", feedback.nacks},
          {"pli", feedback.picture_losses},
          {"fir", feedback.full_intra},
          {"transportCc", feedback.transport_feedback},
          {"remb", feedback.max_bitrates}};
}

}  // namespace

json::object DescribeClient(const ClientStats& stats) {
  json::array streams;
  for (const rtp_receive::StreamStats& stream : stats.receiver.streams) {
    streams.push_back(Stream(stream));
  }
  json::object refused;
  for (const auto& [reason, packets] : stats.transport.drops) refused[reason] = packets;
  return {{"ice", Ice(stats.transport)},
          {"dtls", Dtls(stats.transport)},
          {"rtpPackets", stats.transport.rtp_packets},
          {"rtcpPackets", stats.transport.rtcp_packets},
          {"rtcpPacketsSent", stats.transport.rtcp_packets_sent},
          {"refused", std::move(refused)},
          {"malformed", stats.receiver.malformed},
          {"unidentified", stats.receiver.unidentified},
          {"roundTripMs", Milliseconds(stats.receiver.round_trip)},
          {"unresponsive", stats.receiver.unresponsive},
          {"feedback", Feedback(stats.receiver.feedback)},
          {"streams", std::move(streams)}};
}

}  // namespace ingress::whip_source
