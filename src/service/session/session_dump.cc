#include "service/session/session_dump.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "domain/warning.h"
#include "ipc/wire.h"
#include "service/session/drop_reasons.h"

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

std::string_view RouteOf(ipc::Sender sender, const ipc::State& state) {
  for (const auto& layer : state.layers()) {
    if (layer.sender() == sender) return ToString(ipc::FromWire(layer.route()));
  }
  return {};
}

// The number is the handler's, which may be none that the enumeration has.
std::string_view NameOf(ipc::Reception::Path path) {
  switch (path) {
    case ipc::Reception::NONE:
      return "";
    case ipc::Reception::UDP:
      return "udp";
    case ipc::Reception::TCP:
      return "tcp";
    default:
      return "other";
  }
}

json::value Reception(const ipc::Counters& counters) {
  if (!counters.has_reception()) return nullptr;
  const ipc::Reception& reception = counters.reception();
  return json::object{
      {"protocol", NameOf(reception.path())},
      {"packets", reception.packets()},
      {"lost", reception.lost()},
      {"repaired", reception.repaired()},
      {"jitterMs", reception.jitter_ms()},
      {"repairMs", reception.has_repair_ms() ? json::value(reception.repair_ms()) : nullptr},
      {"roundTripMs",
       reception.has_round_trip_ms() ? json::value(reception.round_trip_ms()) : nullptr},
      {"feedback",
       {{"nack", reception.nacks()},
        {"keyFrameRequests", reception.key_frame_requests()},
        {"transportCc", reception.transport_feedback()},
        {"remb", reception.max_bitrates()}}}};
}

json::object Media(const ipc::State& state, const ipc::Counters& counters) {
  json::array layers;
  for (const auto& sender : counters.senders()) {
    layers.push_back({{"quality", ipc::NameOf(sender.sender())},
                      {"route", RouteOf(sender.sender(), state)},
                      {"packets", sender.packets()},
                      {"octets", sender.octets()},
                      {"keyFrameRequests", sender.key_frame_requests()},
                      {"retransmitted", sender.retransmitted()}});
  }
  json::object drops;
  for (const DropReason& reason : kDropReasons) {
    drops[reason.name] = (counters.drops().*reason.count)();
  }
  json::array warnings;
  for (const auto& warning : state.warnings()) {
    const auto code = WarningCodeOf(warning.code());
    warnings.push_back({{"code", code ? Traits(*code).name : std::string_view()},
                        {"cause", warning.cause()},
                        {"remedy", warning.remedy()}});
  }
  const auto route = ipc::FromWire(state.route());
  return {{"route", route ? ToString(*route) : std::string_view()},
          {"reason", state.route_reason()},
          {"warnings", std::move(warnings)},
          {"delayMs", counters.delay_ms()},
          {"videoBehindAudioMs", counters.av_skew_ms()},
          {"alignmentDelayMs", counters.alignment_delay_ms()},
          {"reception", Reception(counters)},
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
      {"media", Media(facts.media, facts.counters)},
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
