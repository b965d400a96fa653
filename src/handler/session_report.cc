// What a session tells of itself while it runs, and its patience with a room that is not there yet.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/ids.h"
#include "handler/session.h"
#include "net/backoff.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// A restart of livekit-server takes some seconds, and the encoder is connected already.
constexpr std::chrono::seconds kJoinPatience{20};
// A server that answers with an error of its own knows us; the error seldom passes.
constexpr std::chrono::seconds kRefusalPatience{3};
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::string_view QualityName(::livekit::VideoQuality quality) {
  switch (quality) {
    case ::livekit::LOW:
      return "low";
    case ::livekit::MEDIUM:
      return "medium";
    default:
      return "high";
  }
}

void Fill(ipc::LayerReport& layer, std::string_view quality, const livekit::SenderStats& stats) {
  layer.set_quality(std::string(quality));
  layer.set_packets(stats.packets);
  layer.set_octets(stats.octets);
  layer.set_key_frame_requests(stats.key_frame_requests);
  layer.set_retransmitted(stats.retransmitted);
}

}  // namespace

asio::awaitable<Result<livekit::Room::Joined>> Session::JoinPatiently() {
  const TimePoint begun = Clock::now();
  net::Backoff backoff(
      {.initial = std::chrono::milliseconds(200), .max = std::chrono::milliseconds(3000)});
  asio::steady_timer pause(executor_);
  while (true) {
    auto joined = co_await room_->Join();
    if (ended_ || joined) co_return joined;
    const ErrorCode code = joined.error().code;
    const bool away = code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout ||
                      code == ErrorCode::kClosed;
    const auto waited = Clock::now() - begun;
    const bool refused = code == ErrorCode::kConflict && waited < kRefusalPatience;
    if (!refused && !(away && waited < kJoinPatience)) co_return joined;
    logger_.Warn("cannot join yet, trying again", {{"error", joined.error()}});
    pause.expires_after(backoff.Next(RandomU32()));
    co_await pause.async_wait(kAwait);
    if (ended_) co_return joined;
  }
}

void Session::UpdateParticipant(std::string name, std::string metadata) {
  if (room_) room_->SetParticipant(std::move(name), std::move(metadata));
}

void Session::AddCounters(ipc::Report& report) const {
  if (room_->video() != nullptr) {
    const std::vector<livekit::SenderStats> stats = room_->video()->stats();
    const std::vector<LayerSpec>& layers = video_->layers();
    for (std::size_t i = 0; i < std::min(stats.size(), layers.size()); ++i) {
      ipc::LayerReport& layer = *report.add_layers();
      Fill(layer, QualityName(layers[i].quality), stats[i]);
      layer.set_route(std::string(video_->layer_route(i)));
    }
  }
  if (room_->audio() != nullptr) Fill(*report.add_layers(), "audio", room_->audio()->stats());
  auto& drops = *report.mutable_drops();
  drops["late"] = timeline_.counters().late;
  drops["overtaken"] = timeline_.counters().overtaken;
  drops["before_header"] = video_->counters().before_header;
  drops["before_key_frame"] = video_->counters().before_key_frame;
  drops["damaged"] = video_->counters().damaged;
  report.set_delay_ms(delay_ms_);
}

std::string Session::Dump() const {
  const LiveEdge::Counters& edge = timeline_.counters();
  json::object timeline{
      {"jumps", timeline_.jumps()},
      {"late", edge.late},
      {"overtaken", edge.overtaken},
      {"rebases", edge.rebases},
      {"pulls", edge.pulls},
      {"shifts", edge.shifts},
      {"latenessMs", std::chrono::duration<double, std::milli>(timeline_.lateness()).count()}};
  json::array layers;
  for (const LayerSpec& layer : video_->layers()) {
    layers.push_back({{"quality", QualityName(layer.quality)},
                      {"width", layer.width},
                      {"height", layer.height},
                      {"bitrate", layer.bitrate}});
  }
  json::array senders;
  const ipc::Report report = MakeReport();
  for (const auto& sender : report.layers()) {
    senders.push_back({{"quality", sender.quality()},
                       {"packets", sender.packets()},
                       {"octets", sender.octets()},
                       {"keyFrameRequests", sender.key_frame_requests()},
                       {"retransmitted", sender.retransmitted()}});
  }
  const ProcessUsage children = children_usage();
  const json::object dump{
      {"encoder", metadata_ ? metadata_->encoder : ""},
      {"joined", joined_.has_value()},
      {"server", joined_ ? room_->joined().server_version : ""},
      {"transportReady", transport_ready_},
      {"published", {{"video", plan_.published().video}, {"audio", plan_.published().audio}}},
      {"graph",
       {{"route", ToString(video_->route())},
        {"reason", video_->route_reason()},
        {"givenUp", ToString(video_->shedding())},
        {"backlogsLeftOut", video_->backlogs()},
        {"audioRoute", audio_->route()},
        {"audioReason", audio_->route_reason()},
        {"layers", std::move(layers)}}},
      {"senders", std::move(senders)},
      {"timeline", std::move(timeline)},
      {"input",
       {{"framesPerSecond", video_->frames_per_second()},
        {"videoBitrate", video_->bits_per_second()},
        {"audioBitrate", audio_->bits_per_second()},
        {"audioType", audio_->mime_type()}}},
      {"transcoder",
       {{"cpuSeconds", children.cpu_seconds}, {"residentBytes", children.resident_bytes}}}};
  return json::serialize(dump);
}

}  // namespace ingress::handler
