// The report of a session while it runs.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cmath>
#include <utility>

#include "codec/opus_format.h"
#include "handler/publish_session.h"
#include "pipeline/video/hold_limits.h"

namespace ingress::handler {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kWatchedBatchInterval = codec::kOpusPacketDuration;
constexpr std::chrono::milliseconds kUnwatchedBatchInterval = 50ms;  // two or three frames of it
// Receivers need about 3 s to size their jitter buffers; batching before that would enlarge them.
constexpr auto kUnbatchedStart = 3s;

double Milliseconds(SessionTime time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void Fill(ipc::LayerReport& layer, std::string_view quality, const output::SenderStats& stats) {
  layer.set_quality(std::string(quality));
  layer.set_packets(stats.packets);
  layer.set_octets(stats.octets);
  layer.set_key_frame_requests(stats.key_frame_requests);
  layer.set_retransmitted(stats.retransmitted);
}

}  // namespace

void PublishSession::Report(bool at_once) {
  if (ended_) return;
  const ipc::Report report = MakeReport();
  ApplyBatchInterval(std::chrono::milliseconds(report.batch_interval_ms()));
  std::string serialized = report.SerializeAsString();
  if (!at_once && serialized == last_report_) return;
  last_report_ = std::move(serialized);
  parts_.callbacks.on_report(report);
}

/// The batch interval that suits the session; zero: read each tag as it comes. Waking up is most of
/// the work of a handler that decodes nothing. Media that is decoded is needed early, and video
/// alone does not come more often.
std::chrono::milliseconds PublishSession::WantedBatchInterval() const {
  const bool settled = transport_ready_at_ && Now() - *transport_ready_at_ >= kUnbatchedStart;
  if (!settled || video_->transcodes()) return {};
  if (!Watched()) return kUnwatchedBatchInterval;
  return audio_->ready() ? kWatchedBatchInterval : std::chrono::milliseconds{};
}

void PublishSession::ApplyBatchInterval(std::chrono::milliseconds batch_interval) {
  const SessionTime now = SessionNow();
  aligner_.SetBatchInterval(batch_interval);
  audio_pacer_.SetBatchInterval(batch_interval);
  video_->SetBatchInterval(batch_interval);
  packet_aligner_.SetBatchInterval(batch_interval, now);
  const auto by = packet_aligner_.Move(now);
  if (by == by.zero()) return;
  logger_.Debug("audio packets begin later", {{"byMs", by.count()}});
  audio_->MovePackets(by);
}

ipc::Report PublishSession::MakeReport() const {
  ipc::Report report;
  report.set_publishing(publisher_->published().any());
  if (publisher_->joined()) report.set_room_id(output_->joined().session_id);
  if (const auto& format = video_->format()) {
    auto& video = *report.mutable_video();
    video.set_mime_type("video/" + (format->name == "H.264" ? "H264" : format->name));
    video.set_width(static_cast<std::uint32_t>(format->width));
    video.set_height(static_cast<std::uint32_t>(format->height));
    // Half frames are noise of the measurement; 29.97 and 30 are told apart by no viewer of a
    // state.
    video.set_framerate(std::round(video_->frames_per_second()));
    video.set_average_bitrate(video_->bits_per_second());
    report.set_decoder_memory(format->decoder_memory);
  }
  if (audio_->ready()) {
    auto& audio = *report.mutable_audio();
    audio.set_mime_type(audio_->mime_type());
    audio.set_channels(static_cast<std::uint32_t>(audio_->channels()));
    audio.set_sample_rate(static_cast<std::uint32_t>(audio_->sample_rate()));
    audio.set_average_bitrate(audio_->bits_per_second());
  }
  parts_.add_tracks(report);
  report.set_route(std::string(ToString(video_->route())));
  report.set_route_reason(video_->route_reason());
  report.set_batch_interval_ms(static_cast<std::uint32_t>(WantedBatchInterval().count()));
  for (const Warning& warning : warnings_.active()) {
    ipc::Warning& out = *report.add_warnings();
    out.set_code(std::string(warning.name()));
    out.set_cause(warning.cause());
    out.set_remedy(std::string(warning.remedy()));
  }
  AddCounters(report);
  return report;
}

void PublishSession::AddCounters(ipc::Report& report) const {
  const output::Stats stats = output_->stats();
  const std::vector<LayerSpec>& layers = video_->layers();
  for (std::size_t i = 0; i < std::min(stats.layers.size(), layers.size()); ++i) {
    ipc::LayerReport& layer = *report.add_layers();
    Fill(layer, ToString(layers[i].quality), stats.layers[i]);
    layer.set_route(std::string(video_->layer_route(i)));
  }
  if (stats.audio) Fill(*report.add_layers(), "audio", *stats.audio);
  auto& drops = *report.mutable_drops();
  drops["late"] = timeline_.counters().late;
  drops["overtaken"] = timeline_.counters().overtaken;
  drops["before_header"] = video_->counters().before_header;
  drops["before_key_frame"] = video_->counters().before_key_frame;
  drops["damaged"] = video_->counters().damaged;
  drops["unusable_video"] = video_->health().unusable();
  drops["unusable_audio"] = audio_->health().unusable();
  drops["composition_time"] = video_->counters().composition;
  drops["srtp_refused"] = stats.refused;
  report.set_delay_ms(delay_ms_);
  report.set_av_skew_ms(Milliseconds(aligner_.alignment().video_behind(SessionNow())));
  report.set_alignment_delay_ms(Milliseconds(aligner_.delay()));
  // Tenths of a second: jitter is no news.
  report.set_input_behind_ms(std::floor(Milliseconds(timeline_.behind()) / 100) * 100);
}

std::string PublishSession::Dump() const {
  const LiveEdge::Counters& edge = timeline_.counters();
  json::object timeline{{"jumps", timeline_.jumps()},
                        {"late", edge.late},
                        {"overtaken", edge.overtaken},
                        {"rebases", edge.rebases},
                        {"pulls", edge.pulls},
                        {"shifts", edge.shifts},
                        {"videoByArrival", timeline_.by_arrival(Timeline::Kind::kVideo)},
                        {"audioByArrival", timeline_.by_arrival(Timeline::Kind::kAudio)},
                        {"pace", timeline_.pace() ? json::value(*timeline_.pace()) : json::value()},
                        {"latenessMs", Milliseconds(timeline_.lateness())},
                        {"behindMs", Milliseconds(timeline_.behind())}};
  json::array layers;
  for (const LayerSpec& layer : video_->layers()) {
    layers.push_back({{"quality", ToString(layer.quality)},
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
      {"encoder", encoder_},
      {"joined", publisher_->joined()},
      {"server", publisher_->joined() ? output_->joined().server : ""},
      {"transportReady", transport_ready_at_.has_value()},
      {"published",
       {{"video", publisher_->published().video}, {"audio", publisher_->published().audio}}},
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
      {"sync",
       {{"videoBehindMs", report.av_skew_ms()},
        {"delayMs", report.alignment_delay_ms()},
        {"growths", aligner_.alignment().growths()},
        {"heldBytes", aligner_.held_bytes()},
        {"holdsAtMostMs", Milliseconds(aligner_.delay() + pipeline::kMaxVideoHold)}}},
      {"input",
       {{"framesPerSecond", video_->frames_per_second()},
        {"videoBitrate", video_->bits_per_second()},
        {"audioBitrate", audio_->bits_per_second()},
        {"audioType", audio_->mime_type()},
        {"beatMs", WantedBatchInterval().count()},
        {"packetMoves", packet_aligner_.moves()}}},
      {"transcoder",
       {{"cpuSeconds", children.cpu_seconds}, {"residentBytes", children.resident_bytes}}}};
  return json::serialize(dump);
}

}  // namespace ingress::handler
