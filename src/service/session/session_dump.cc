#include "service/session/session_dump.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace ingress::service {
namespace {

namespace json = boost::json;

json::object State(const ::livekit::IngressState& state) {
  json::object out{{"status", ::livekit::IngressState_Status_Name(state.status())},
                   {"error", state.error()},
                   {"roomID", state.room_id()},
                   {"startedAt", state.started_at()},
                   {"updatedAt", state.updated_at()}};
  if (state.has_video()) {
    const auto& video = state.video();
    out["video"] = {{"mimeType", video.mime_type()},
                    {"width", video.width()},
                    {"height", video.height()},
                    {"framerate", video.framerate()},
                    {"averageBitrate", video.average_bitrate()}};
  }
  if (state.has_audio()) {
    const auto& audio = state.audio();
    out["audio"] = {{"mimeType", audio.mime_type()},
                    {"channels", audio.channels()},
                    {"sampleRate", audio.sample_rate()},
                    {"averageBitrate", audio.average_bitrate()}};
  }
  return out;
}

json::object Media(const ipc::Report& report) {
  json::array layers;
  for (const auto& layer : report.layers()) {
    layers.push_back({{"quality", layer.quality()},
                      {"route", layer.route()},
                      {"packets", layer.packets()},
                      {"octets", layer.octets()},
                      {"keyFrameRequests", layer.key_frame_requests()},
                      {"retransmitted", layer.retransmitted()}});
  }
  json::object drops;
  for (const auto& [reason, count] : report.drops()) drops[reason] = count;
  json::array warnings;
  for (const auto& warning : report.warnings()) {
    warnings.push_back(
        {{"code", warning.code()}, {"cause", warning.cause()}, {"remedy", warning.remedy()}});
  }
  return {{"route", report.route()},
          {"reason", report.route_reason()},
          {"warnings", std::move(warnings)},
          {"delayMs", report.delay_ms()},
          {"videoBehindAudioMs", report.av_skew_ms()},
          {"alignmentDelayMs", report.alignment_delay_ms()},
          {"layers", std::move(layers)},
          {"drops", std::move(drops)}};
}

json::object Feed(const relay::FeedCounters& feed) {
  return {{"tags", feed.tags},
          {"bytes", feed.bytes},
          {"queuedBytes", feed.queued_bytes},
          {"lagMs", feed.lag.count()},
          {"dropped", feed.dropped.total()},
          {"mainReader", feed.main_reader},
          {"taps", feed.taps}};
}

}  // namespace

std::string DescribeSession(const SessionFacts& facts) {
  boost::system::error_code error;
  json::value handler = facts.handler.empty() ? json::value() : json::parse(facts.handler, error);
  if (handler.is_null()) {
    handler = json::object{{"error", error ? error.message() : facts.handler_error}};
  }
  const json::object out{
      {"ingressID", facts.ingress_id},
      {"resourceID", facts.resource_id},
      {"room", facts.room},
      {"encoder", {{"address", facts.encoder}, {"connected", facts.encoder_here}}},
      {"state", State(facts.state)},
      {"media", Media(facts.report)},
      {"relay", Feed(facts.feed)},
      {"process",
       {{"pid", facts.handler_pid},
        {"restarts", facts.restarts},
        {"cores", facts.load.cores},
        {"memoryBytes", facts.load.memory}}},
      {"handler", std::move(handler)}};
  return json::serialize(out);
}

}  // namespace ingress::service
