#include "pipeline/video/video_pipeline.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "domain/layers.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

// A source key frame that is this near is waited for.
constexpr auto kWorthWaiting = 500ms;
constexpr auto kOverdue = 300ms;
// A GOP this young is sent again rather than bridged.
constexpr auto kReplaySpan = 700ms;
constexpr std::size_t kReplayBytes = std::size_t{512} << 10;
// The decoder follows the source for so long after a bridge, for the next viewer.
constexpr auto kKeepWarm = 10s;
// The SFU switches layers off and on again within moments.
constexpr auto kKeepUnneeded = 2s;
constexpr double kBridgeHeadroom = 1.1;  // of the source's bitrate
constexpr int kMaxRestarts = 3;
constexpr auto kRestartWindow = 60s;

RouteSelector::Options SelectorOptions(const VideoPipeline::Options& options) {
  return {.transcoding = options.transcoding,
          .frame_rate = options.encoding.frame_rate,
          .max_bitrate_ratio = options.max_bitrate_ratio,
          .baseline_only = options.encoding.codec == RequestedVideoCodec::kH264Baseline};
}

}  // namespace

VideoPipeline::VideoPipeline(boost::asio::any_io_executor executor, Options options,
                             Callbacks callbacks, observability::Logger logger)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      logger_(std::move(logger)),
      input_(logger_, options_.max_input_pixels),
      selector_(SelectorOptions(options_)),
      video_release_(callbacks_.on_frame),
      splicer_({.send_source =
                    [this](const Picture& picture, SessionTime pts) {
                      if (allocation_->active(top())) {
                        Send(top(), pass_through_.Frame(picture, pts));
                      }
                    },
                .send_encoded = [this](EncodedFrame frame) { Send(top(), std::move(frame)); },
                .on_returned =
                    [this] {
                      bridge_wanted_ = false;
                      warm_until_ = Clock::now() + kKeepWarm;
                      ConfigureLayers();
                    }}),
      feed_(std::move(executor), options_.subject,
            {.on_frame = [this](std::size_t layer,
                                EncodedFrame frame) { OnEncoded(layer, std::move(frame)); },
             .on_error = [this](const Error& error) { OnTranscoderBroken(error); }}) {
  if (options_.encoding.codec == RequestedVideoCodec::kVp8) {
    output_ = VideoCodec::kVp8;
    selector_.SendVp8();
  }
  if (options_.encoding.codec == RequestedVideoCodec::kH264Baseline) {
    options_.h264_profile = media::H264Profile::kBaseline;
  }
}

VideoPipeline::~VideoPipeline() = default;

boost::asio::awaitable<void> VideoPipeline::Close() { co_await feed_.Close(); }

Result<void> VideoPipeline::OnMessage(VideoMessage message, Placed placed, TimePoint now) {
  input_.Push(std::move(message), placed, now);
  return TakeInput(now);
}

Result<void> VideoPipeline::OnConnection(TimePoint now) {
  input_.OnConnection();
  return TakeInput(now);
}

Result<void> VideoPipeline::TakeInput(TimePoint now) {
  while (auto output = input_.Next(now)) {
    if (output->broken) {
      gop_.Clear();
      splicer_.BreakChain();
    }
    if (output->format_changed) {
      if (auto made = OnFormat(); !made) return made;
    } else if (output->sets_changed) {
      if (auto set = OnSets(); !set) return set;
    }
    if (!output->picture) continue;
    if (auto taken = OnPicture(output->picture, now); !taken) return taken;
  }
  return {};
}

void VideoPipeline::UseVp8() {
  output_ = VideoCodec::kVp8;
  selector_.SendVp8();
  feed_.Stop(Clock::now());
}

Result<void> VideoPipeline::OnFormat() {
  const VideoFormat& format = *input_.source().format();
  logger_.Info("video format", {{"width", format.width}, {"height", format.height}});
  std::vector<LayerSpec> layers = LayersOfFormat();
  if (layers.empty()) return Fail(ErrorCode::kMalformed, "video without a size");
  if (layers_.empty()) {
    AdoptLayers(std::move(layers));
  } else if (options_.transcoding != Transcoding::kNever) {
    growth_.OnFormat(layers.back(), Clock::now());
  }
  if (format.codec == VideoCodec::kH264) {
    selector_.OnParameterSets(input_.source().sps(), input_.source().slice_groups());
    if (auto set = OnSets(); !set) return set;
  } else {
    selector_.OnForeignCodec(format.name);
  }
  gop_.Clear();
  announced_.reset();
  splicer_.BreakChain();
  feed_.Stop(Clock::now());  // its decoder was made for the old format
  return {};
}

Result<void> VideoPipeline::OnSets() {
  const VideoSource& source = input_.source();
  if (source.format()->codec != VideoCodec::kH264) return {};
  return pass_through_.SetConfig(source.avc_config());
}

Result<void> VideoPipeline::OnPicture(const Picture& picture, TimePoint now) {
  const SourcePicture& it = *picture;
  newest_ = it.dts;
  newest_pts_ = std::max(newest_pts_, it.pts);
  gop_.Push(picture);
  if (it.idr) {
    key_frame_interval_.OnKeyFrame(it.dts);
    wait_for_source_until_.reset();
  }
  auto judged = selector_.OnPicture({.size = it.useful_bytes,
                                     .timestamp = it.timestamp,
                                     .dts = it.dts,
                                     .pts = it.pts,
                                     .idr = it.idr,
                                     .claims_key = it.claims_key,
                                     .b_slices = it.b_slices,
                                     .rotated = it.rotated},
                                    gop_.overflowed());
  if (!judged) return judged;
  SteerTopLayer(picture, now);
  return Distribute(picture, now);
}

void VideoPipeline::SteerTopLayer(const Picture& picture, TimePoint now) {
  const SessionTime pts = picture->pts;
  if (!source_feeds_top()) {
    splicer_.AllowReturn(selector_.eligible());
    // With nobody watching there is no seam to hide.
    if (selector_.eligible() && !allocation_->active(top())) splicer_.LoseEncoder();
    return;
  }
  if (selector_.eligible()) {
    if (picture->idr) bridge_wanted_ = false;  // a key frame is what was wanted
    if (bridge_wanted_ && feed_.caught_up()) EngageEncoder(pts, now);
    return;
  }
  if (options_.transcoding == Transcoding::kNever) return;
  // A source that only exceeds the wish is passed on until the encoder is ready.
  if (selector_.over_budget() && !feed_.caught_up()) {
    bridge_wanted_ = true;
    return;
  }
  EngageEncoder(pts, now);
}

void VideoPipeline::EngageEncoder(SessionTime from, TimePoint now) {
  bridge_wanted_ = false;
  splicer_.TakeEncoder(from, At(now));
  splicer_.AllowReturn(selector_.eligible());
  if (auto* process = feed_.process(); process != nullptr && EncodedLayers()[top()]) {
    process->ActivateFrom(top(), from);
    configured_[top()] = true;
  }
}

Result<void> VideoPipeline::Distribute(const Picture& picture, TimePoint now) {
  if (TranscoderNeeded(now)) needed_at_ = now;
  // Lower layers of the other range were right beside an encoded highest one only.
  if (!feed_keeps_range_ && selector_.eligible() && source_feeds_top()) feed_.Stop(now);
  if (feed_.running()) {
    PushToTranscoder(picture, now);
  } else if (auto started = EnsureTranscoder(now); !started) {
    return started;
  }
  if (!selector_.eligible() && !selector_.over_budget()) {
    LogRoute();
    return {};
  }
  if (!picture->live) {
    splicer_.BreakChain();
  } else {
    const bool was_broken = source_feeds_top() && splicer_.needs_key();
    splicer_.OnSource(picture, allocation_->active(top()), At(now));
    if (was_broken && splicer_.needs_key() && allocation_->active(top())) {
      newcomers_until_ = now + kNewcomers;  // everybody begins anew
      RequestKeyFrame(top(), now);
    }
  }
  LogRoute();
  return {};
}

void VideoPipeline::PushToTranscoder(const Picture& picture, TimePoint now) {
  if (picture->live && backlog_) {
    backlog_ = false;
    feed_.Resync(now);
  }
  if (!picture->live) {
    feed_.process()->SkipBefore(picture->pts + 1ns);
    backlog_ = true;
  } else if (feed_.caught_up()) {
    lag_.OnPushed(picture->pts, now);
  } else {
    // The decoder has a backlog through no fault of its own: of what waits only the newest is
    // shown.
    feed_.process()->SkipBefore(newest_pts_);
    lag_.Clear();
  }
  feed_.Push(picture);
}

bool VideoPipeline::TranscoderNeeded(TimePoint now) const {
  if (options_.transcoding == Transcoding::kNever || layers_.empty()) return false;
  if (allocation_->any_below_top() || encodes_announcement_) return true;
  if (!allocation_->active(top())) return false;
  return !source_feeds_top() || bridge_wanted_ || now < warm_until_;
}

Result<void> VideoPipeline::EnsureTranscoder(TimePoint now) {
  if (feed_.running() || gop_.empty() || !TranscoderNeeded(now)) return {};
  const SessionTime from = gop_.pictures().back()->pts;
  shedder_.Restart(now);
  configured_ = EncodedLayers();
  lag_.Clear();
  transcoder_started_at_ = now;
  feed_keeps_range_ = selector_.eligible() || !selector_.full_range();
  auto started = feed_.Start(TranscoderOptions(), configured_, gop_, from, now);
  if (started) ConfigureFrameRate();
  return started;
}

void VideoPipeline::ConfigureFrameRate() {
  feed_.process()->SetFrameRateDivisor(shedder_.shedding() >= Shedding::kFrameRate ? 2 : 1);
}

std::vector<bool> VideoPipeline::EncodedLayers() const {
  if (encodes_announcement_) {
    std::vector<bool> layers(layers_.size());
    layers[top()] = true;
    return layers;
  }
  return allocation_->Encoded(source_feeds_top(), shedder_.shedding());
}

void VideoPipeline::ConfigureLayers() {
  auto* process = feed_.process();
  if (process == nullptr) return;
  const std::vector<bool> layers = EncodedLayers();
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (layers[layer] != configured_[layer]) process->SetActive(layer, layers[layer]);
    // A bridge keeps its own bitrate, which follows the source's.
    if (layer == top() && selector_.eligible()) continue;
    process->SetBitrate(layer, static_cast<int>(allocation_->bitrate(layer)));
  }
  configured_ = layers;
}

void VideoPipeline::ShedLoad(TimePoint now) {
  if (!feed_.caught_up() || std::ranges::none_of(configured_, std::identity{})) return;
  const auto lag = lag_.Take();
  if (!lag) return;
  const Shedding before = shedder_.shedding();
  if (shedder_.Update(*lag, now)) {
    feed_.process()->SkipBefore(newest_pts_);
    lag_.Clear();  // what was left out is not reported a second time
  }
  if (shedder_.shedding() == before) return;
  const bool worse = shedder_.shedding() > before;
  logger_.Write(worse ? observability::LogLevel::kWarn : observability::LogLevel::kInfo,
                worse ? "not enough processor time" : "there is processor time again",
                {{"givenUp", ToString(shedder_.shedding())}, {"before", ToString(before)}});
  ConfigureFrameRate();
  ConfigureLayers();
}

media::VideoTranscoderOptions VideoPipeline::TranscoderOptions() const {
  const VideoFormat& format = *input_.source().format();
  media::VideoTranscoderOptions options{
      .input = format.codec,
      .codec_config = format.codec_config,
      .output = output_,
      .profile = options_.h264_profile,
      .max_frame_rate = options_.encoding.frame_rate,
      .layers = {},
      // A second thread shortens catching up; it costs a running ladder a picture's time.
      .decoder_threads = selector_.eligible() && layers_.size() == 1 ? 2 : 1,
      .keep_range = selector_.eligible(),
      .max_input_pixels = options_.max_input_pixels,
  };
  for (const LayerSpec& layer :
       RefitLayers(options_.encoding, layers_, static_cast<std::uint32_t>(format.width),
                   static_cast<std::uint32_t>(format.height))) {
    options.layers.push_back({.width = static_cast<int>(layer.width),
                              .height = static_cast<int>(layer.height),
                              .bitrate = static_cast<int>(std::min(
                                  layer.bitrate, allocation_->bitrate(options.layers.size())))});
  }
  if (selector_.eligible()) {
    // A bridge must not look worse than what it stands in for.
    int& bitrate = options.layers.back().bitrate;
    bitrate = std::max(bitrate, static_cast<int>(selector_.source_bitrate() * kBridgeHeadroom));
  }
  return options;
}

void VideoPipeline::OnEncoded(std::size_t layer, EncodedFrame frame) {
  if (layer >= layers_.size() || !configured_[layer]) return;  // from before it was switched off
  if (transcoder_started_at_) {
    const auto took = Clock::now() - *std::exchange(transcoder_started_at_, std::nullopt);
    logger_.Debug(
        "first picture of the transcoder",
        {{"afterMs", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
  }
  if (AnnouncesEncoded(layer, frame, Clock::now())) return;
  // The largest layer comes last.
  if (std::find(configured_.begin() + static_cast<std::ptrdiff_t>(layer) + 1, configured_.end(),
                true) == configured_.end()) {
    lag_.OnFrame(frame.pts, Clock::now());
  }
  if (layer == top()) {
    splicer_.OnEncoded(std::move(frame));
    return;
  }
  const SessionTime pts = frame.pts;
  Send(layer, std::move(frame));
  splicer_.OnSibling(pts, At(Clock::now()));
}

void VideoPipeline::Send(std::size_t layer, EncodedFrame frame) {
  const TimePoint now = Clock::now();
  if (frame.key_frame) throttles_[layer].OnKeyFrame(now);
  video_release_.SetLead(source_feeds_top() ? VideoReleaseScheduler::kSourceLead
                                            : VideoReleaseScheduler::kLead);
  video_release_.Push(layer, std::move(frame), At(now));
  if (video_release_.deadline()) callbacks_.on_held();
}

void VideoPipeline::OnTranscoderBroken(const Error& error) {
  const TimePoint now = Clock::now();
  logger_.Warn("the transcoder broke", {{"error", error}, {"route", ToString(route())}});
  if (now - first_restart_ > kRestartWindow) {
    first_restart_ = now;
    restarts_ = 0;
  }
  const bool lacks_encoder = error.code == ErrorCode::kNotFound;  // no other process would have it
  if (lacks_encoder || ++restarts_ > kMaxRestarts) return callbacks_.on_error(error);
  // The picture that broke it may be in the cache: go on with the next key frame.
  if (restarts_ > 1) gop_.Clear();
  bridge_wanted_ = false;
  warm_until_ = {};
  if (selector_.eligible()) splicer_.LoseEncoder();
}

void VideoPipeline::OnDemand(const std::vector<bool>& wanted) {
  if (!allocation_) return;
  const TimePoint now = Clock::now();
  // The output takes a layer that it had switched off for a new one; before its first word it had
  // not.
  const bool first_word = !allocation_->heard();
  const std::vector<std::size_t> added = allocation_->OnDemand(wanted);
  logger_.Debug("layers wanted", {{"active", allocation_->Describe()}});
  announcement_.End();
  encodes_announcement_ = false;
  for (const std::size_t layer : added) {
    if (!first_word) callbacks_.on_enabled(layer);
    OnLayerSubscribed(layer, now);
  }
  ApplyAllocation(now);
}

void VideoPipeline::OnUplink(std::optional<std::uint32_t> bits_per_second) {
  if (!allocation_) return;
  const TimePoint now = Clock::now();
  const std::string layers_before = allocation_->Describe();
  const bool changed = allocation_->OnUplink(bits_per_second, now);
  selector_.LimitTop(allocation_->top_limit());
  if (!changed) return;
  const std::string layers = allocation_->Describe();
  const bool was_limited = std::exchange(uplink_limits_, bits_per_second.has_value());
  // Bitrates follow the estimate every second; that is no news once the limit is known.
  const bool news = layers != layers_before || was_limited != uplink_limits_;
  logger_.Write(
      news ? observability::LogLevel::kWarn : observability::LogLevel::kDebug,
      uplink_limits_ ? "the uplink limits the layers" : "the uplink carries all layers again",
      {{"kbps", bits_per_second.value_or(0) / 1000}, {"layers", layers}});
  ApplyAllocation(now);
}

void VideoPipeline::ApplyAllocation(TimePoint now) {
  ConfigureLayers();
  if (auto started = EnsureTranscoder(now); !started) callbacks_.on_error(started.error());
  LogRoute();
}

void VideoPipeline::OnLayerSubscribed(std::size_t layer, TimePoint now) {
  if (layer == top()) newcomers_until_ = now + kNewcomers;
  // The viewer's own request comes later, and when it is lost the next one after a second. A bridge
  // can use the time.
  throttles_[layer].OnEnabled();
  RequestKeyFrame(layer, now);
}

void VideoPipeline::RequestKeyFrame(std::size_t layer, TimePoint now) {
  if (layer >= layers_.size() || !allocation_->active(layer)) return;
  const bool granted = throttles_[layer].Request(now);
  logger_.Debug("key frame wanted", {{"layer", layer}, {"atOnce", granted}});
  if (!granted) return;
  AnswerKeyFrameRequest(layer, now);
}

void VideoPipeline::AnswerKeyFrameRequest(std::size_t layer, TimePoint now) {
  if (layer == top() && source_feeds_top()) {
    AnswerFromSource(now);
    return;
  }
  if (layer == top() && !gop_.empty() && gop_.pictures().front()->idr && selector_.idr_eligible()) {
    splicer_.RepeatKeyFrame(gop_.pictures().front());
  }
  if (auto* process = feed_.process()) process->RequestKeyFrame(layer);
}

void VideoPipeline::AnswerFromSource(TimePoint now) {
  if (bridge_wanted_) return;
  if (CanReplay(now)) {
    logger_.Debug("sending the GOP again", {{"pictures", gop_.pictures().size()}});
    splicer_.Replay(gop_.pictures());
  } else if (SourceKeyFrameIsNear()) {
    wait_for_source_until_ = now + kWorthWaiting + kOverdue;
  } else {
    BeginBridge(now);
  }
}

bool VideoPipeline::CanReplay(TimePoint now) const {
  return now < newcomers_until_ && !gop_.empty() && gop_.pictures().front()->idr &&
         gop_.span() <= kReplaySpan && gop_.bytes() <= kReplayBytes;
}

bool VideoPipeline::SourceKeyFrameIsNear() const {
  const auto next = key_frame_interval_.Next(newest_);
  return next && *next - newest_ <= kWorthWaiting;
}

void VideoPipeline::BeginBridge(TimePoint now) {
  if (options_.transcoding == Transcoding::kNever || gop_.empty()) return;
  bridge_wanted_ = true;
  warm_until_ = now + kKeepWarm;
  if (auto started = EnsureTranscoder(now); !started) callbacks_.on_error(started.error());
}

void VideoPipeline::OnTransportReady(TimePoint now) {
  announcement_.Begin(now);
  if (layers_.empty()) return;
  // Key frames of before have reached nobody.
  throttles_.assign(layers_.size(), {});
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) RequestKeyFrame(layer, now);
  Announce(now);
}

Result<void> VideoPipeline::Poll(TimePoint now) {
  input_.Poll(now);
  if (auto taken = TakeInput(now); !taken) return taken;
  if (layers_.empty()) return {};
  Announce(now);
  splicer_.Poll(At(now));
  video_release_.Poll(At(now));
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (throttles_[layer].Poll(now) && allocation_->active(layer)) {
      AnswerKeyFrameRequest(layer, now);
    }
  }
  if (wait_for_source_until_ && now >= *wait_for_source_until_) {
    wait_for_source_until_.reset();
    if (allocation_->active(top()) && source_feeds_top()) BeginBridge(now);
  }
  if (TranscoderNeeded(now)) needed_at_ = now;
  if (feed_.running() && now - needed_at_ > kKeepUnneeded) feed_.Stop(now);
  ShedLoad(now);
  feed_.Poll(now);
  LogRoute();
  return {};
}

Route VideoPipeline::route() const {
  if (layers_.empty()) return Route::kIdle;
  const bool lower = allocation_->any_below_top();
  if (!lower && !allocation_->active(top())) return Route::kIdle;
  if (!source_feeds_top()) return selector_.eligible() ? Route::kBridge : Route::kLadder;
  if (lower) return Route::kHybrid;
  return bridge_wanted_ ? Route::kBridge : Route::kPassThrough;
}

std::string_view VideoPipeline::layer_route(std::size_t layer) const {
  if (!allocation_->active(layer)) return "off";
  if (layer != top() || (!source_feeds_top() && !selector_.eligible())) return "encode";
  return source_feeds_top() ? "passthrough" : "bridge";
}

void VideoPipeline::LogRoute() {
  // Who is in the room is known when the transport is up.
  if (!selector_.chosen() || (route() == Route::kIdle && !announcement_.begun())) return;
  const RouteLog::Change change = route_log_.Note(route(), selector_.reason());
  if (change == RouteLog::Change::kNothing) return;
  if (change == RouteLog::Change::kReason) {
    logger_.Info("another reason for the video's route", {{"reason", selector_.reason()}});
    return;
  }
  logger_.Write(change == RouteLog::Change::kRoute ? observability::LogLevel::kInfo
                                                   : observability::LogLevel::kDebug,
                "video route", {{"route", ToString(route())}, {"reason", selector_.reason()}});
}

}  // namespace ingress::pipeline
