// What a session says of itself, and how the way of its media follows.
#include <algorithm>
#include <boost/json/object.hpp>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "handler/publish_session.h"
#include "ipc/wire.h"
#include "pipeline/video/hold_limits.h"

namespace ingress::handler {
namespace {

namespace json = boost::json;

double Milliseconds(SessionTime time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void Add(ipc::Sender sender, const output::SenderStats& stats, ipc::Counters& counters) {
  ipc::SenderCounters& counted = *counters.add_senders();
  counted.set_sender(sender);
  counted.set_packets(stats.packets);
  counted.set_octets(stats.octets);
  counted.set_key_frame_requests(stats.key_frame_requests);
  counted.set_retransmitted(stats.retransmitted);
}

json::object Describe(const Timeline& timeline) {
  const LiveEdge::Counters& edge = timeline.counters();
  return {{"jumps", timeline.jumps()},
          {"late", edge.late},
          {"overtaken", edge.overtaken},
          {"rebases", edge.rebases},
          {"pulls", edge.pulls},
          {"shifts", edge.shifts},
          {"videoByArrival", timeline.by_arrival(Timeline::Kind::kVideo)},
          {"audioByArrival", timeline.by_arrival(Timeline::Kind::kAudio)},
          {"pace", timeline.pace() ? json::value(*timeline.pace()) : json::value()},
          {"latenessMs", Milliseconds(timeline.lateness())},
          {"behindMs", Milliseconds(timeline.behind())}};
}

json::array Describe(const std::vector<LayerSpec>& layers) {
  json::array described;
  for (const LayerSpec& layer : layers) {
    described.push_back({{"quality", ToString(layer.quality)},
                         {"width", layer.width},
                         {"height", layer.height},
                         {"bitrate", layer.bitrate}});
  }
  return described;
}

/// The senders of `counters`.
json::array Describe(const ipc::Counters& counters) {
  json::array senders;
  for (const auto& sender : counters.senders()) {
    senders.push_back({{"quality", ipc::NameOf(sender.sender())},
                       {"packets", sender.packets()},
                       {"octets", sender.octets()},
                       {"keyFrameRequests", sender.key_frame_requests()},
                       {"retransmitted", sender.retransmitted()}});
  }
  return senders;
}

}  // namespace

void PublishSession::ReportState(bool at_once) {
  if (ended_) return;
  const ipc::State state = MakeState();
  std::string serialized = state.SerializeAsString();
  if (!at_once && serialized == reported_) return;
  reported_ = std::move(serialized);
  parts_.callbacks.on_state(state);
}

void PublishSession::OrderBatchInterval() {
  if (ended_) return;
  const auto order = batching_.Decide(
      {.transcodes = video_->transcodes(), .watched = Watched(), .has_audio = audio_->ready()},
      Now());
  if (order) parts_.callbacks.set_batch_interval(*order);
}

void PublishSession::OnBatchIntervalSet(std::chrono::milliseconds interval) {
  if (ended_) return;
  batching_.OnSet(interval);
  FollowBatchInterval();
  Advance();
}

/// Paces media by the interval at which it comes; called when that changes, and every second for
/// the boundaries of audio packets.
void PublishSession::FollowBatchInterval() {
  const std::chrono::milliseconds interval = batching_.in_force();
  const SessionTime now = SessionNow();
  aligner_.SetBatchInterval(interval);
  audio_pacer_.SetBatchInterval(interval);
  video_->SetBatchInterval(interval);
  packet_aligner_.SetBatchInterval(interval, now);
  const auto by = packet_aligner_.Move(now);
  if (by == by.zero()) return;
  logger_.Debug("audio packets begin later", {{"byMs", by.count()}});
  audio_->MovePackets(by);
}

ipc::State PublishSession::MakeState() const {
  ipc::State state;
  state.set_publishing(publisher_->published().any());
  if (publisher_->joined()) state.set_room_id(output_->joined().session_id);
  if (const auto& format = video_->format()) {
    auto& video = *state.mutable_video();
    video.set_mime_type("video/" + (format->name == "H.264" ? "H264" : format->name));
    video.set_width(static_cast<std::uint32_t>(format->width));
    video.set_height(static_cast<std::uint32_t>(format->height));
    // Half frames are noise of the measurement; 29.97 and 30 are told apart by no viewer of a
    // state.
    video.set_framerate(std::round(video_->frames_per_second()));
    state.set_decoder_memory(format->decoder_memory);
  }
  if (audio_->ready()) {
    auto& audio = *state.mutable_audio();
    audio.set_mime_type(audio_->mime_type());
    audio.set_channels(static_cast<std::uint32_t>(audio_->channels()));
    audio.set_sample_rate(static_cast<std::uint32_t>(audio_->sample_rate()));
  }
  parts_.add_tracks(state);
  state.set_route(ipc::ToWire(video_->route()));
  state.set_route_reason(video_->route_reason());
  for (std::size_t i = 0; i < video_->layers().size(); ++i) {
    ipc::Layer& layer = *state.add_layers();
    layer.set_sender(ipc::ToWire(video_->layers()[i].quality));
    layer.set_route(ipc::ToWire(video_->layer_route(i)));
  }
  for (const Warning& warning : warnings_.active()) {
    ipc::Warning& out = *state.add_warnings();
    out.set_code(static_cast<std::uint32_t>(warning.code()));
    out.set_cause(warning.cause());
    out.set_remedy(std::string(warning.remedy()));
  }
  return state;
}

ipc::Counters PublishSession::MakeCounters(const output::Stats& stats) const {
  ipc::Counters counters;
  const std::vector<LayerSpec>& layers = video_->layers();
  for (std::size_t i = 0; i < std::min(stats.layers.size(), layers.size()); ++i) {
    Add(ipc::ToWire(layers[i].quality), stats.layers[i], counters);
  }
  if (stats.audio) Add(ipc::SENDER_AUDIO, *stats.audio, counters);
  ipc::Drops& drops = *counters.mutable_drops();
  drops.set_late(timeline_.counters().late);
  drops.set_overtaken(timeline_.counters().overtaken);
  drops.set_before_header(video_->counters().before_header);
  drops.set_before_key_frame(video_->counters().before_key_frame);
  drops.set_damaged(video_->counters().damaged);
  drops.set_unusable_video(video_->health().unusable());
  drops.set_unusable_audio(audio_->health().unusable());
  drops.set_composition_time(video_->counters().composition);
  drops.set_srtp_refused(stats.refused);
  if (video_->format()) counters.set_video_bitrate(video_->bits_per_second());
  if (audio_->ready()) counters.set_audio_bitrate(audio_->bits_per_second());
  counters.set_delay_ms(delay_ms_);
  counters.set_av_skew_ms(Milliseconds(aligner_.alignment().video_behind(SessionNow())));
  counters.set_alignment_delay_ms(Milliseconds(aligner_.delay()));
  // Tenths of a second: jitter is no news.
  counters.set_input_behind_ms(std::floor(Milliseconds(timeline_.behind()) / 100) * 100);
  return counters;
}

json::object PublishSession::Dump() const {
  const ipc::Counters counters = MakeCounters(output_->stats());
  const ProcessUsage children = children_usage();
  return {{"encoder", encoder_},
          {"joined", publisher_->joined()},
          {"server", publisher_->joined() ? output_->joined().server : ""},
          {"transportReady", transport_ready_},
          {"published",
           {{"video", publisher_->published().video}, {"audio", publisher_->published().audio}}},
          {"graph",
           {{"route", ToString(video_->route())},
            {"reason", video_->route_reason()},
            {"givenUp", ToString(video_->shedding())},
            {"backlogsLeftOut", video_->backlogs()},
            {"audioRoute", audio_->route()},
            {"audioReason", audio_->route_reason()},
            {"layers", Describe(video_->layers())}}},
          {"senders", Describe(counters)},
          {"timeline", Describe(timeline_)},
          {"sync",
           {{"videoBehindMs", counters.av_skew_ms()},
            {"delayMs", counters.alignment_delay_ms()},
            {"growths", aligner_.alignment().growths()},
            {"heldBytes", aligner_.held_bytes()},
            {"holdsAtMostMs", Milliseconds(aligner_.delay() + pipeline::kMaxVideoHold)}}},
          {"input",
           {{"framesPerSecond", video_->frames_per_second()},
            {"videoBitrate", video_->bits_per_second()},
            {"audioBitrate", audio_->bits_per_second()},
            {"audioType", audio_->mime_type()},
            {"batchIntervalMs", batching_.in_force().count()},
            {"packetMoves", packet_aligner_.moves()}}},
          {"transcoder",
           {{"cpuSeconds", children.cpu_seconds}, {"residentBytes", children.resident_bytes}}}};
}

}  // namespace ingress::handler
