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
constexpr auto kLinger = 2s;
constexpr double kBridgeHeadroom = 1.1;  // of the source's bitrate
constexpr int kMaxRestarts = 3;
constexpr auto kRestartWindow = 60s;

RouteChoice::Options ChoiceOptions(const VideoPipeline::Options& options) {
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
      choice_(ChoiceOptions(options_)),
      lip_sync_(callbacks_.on_frame),
      top_layer_({.send_source =
                      [this](const Picture& picture, SessionTime pts) {
                        if (plan_->active(top())) Send(top(), pass_through_.Frame(picture, pts));
                      },
                  .send_encoded = [this](EncodedFrame frame) { Send(top(), std::move(frame)); },
                  .on_returned =
                      [this] {
                        bridge_wanted_ = false;
                        warm_until_ = Clock::now() + kKeepWarm;
                        TellLayers();
                      }}),
      feed_(std::move(executor), options_.subject,
            {.on_frame = [this](std::size_t layer,
                                EncodedFrame frame) { OnEncoded(layer, std::move(frame)); },
             .on_error = [this](const Error& error) { OnTranscoderBroken(error); }}) {
  if (options_.encoding.codec == RequestedVideoCodec::kVp8) {
    output_ = VideoCodec::kVp8;
    choice_.SendVp8();
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
      top_layer_.BreakChain();
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
  choice_.SendVp8();
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
    choice_.OnParameterSets(input_.source().sps(), input_.source().slice_groups());
    if (auto set = OnSets(); !set) return set;
  } else {
    choice_.OnForeignCodec(format.name);
  }
  gop_.Clear();
  announced_.reset();
  top_layer_.BreakChain();
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
    rhythm_.OnKeyFrame(it.dts);
    wait_for_source_until_.reset();
  }
  auto judged = choice_.OnPicture({.size = it.useful_bytes,
                                   .timestamp = it.timestamp,
                                   .dts = it.dts,
                                   .pts = it.pts,
                                   .idr = it.idr,
                                   .claims_key = it.claims_key,
                                   .b_slices = it.b_slices,
                                   .turned = it.turned},
                                  gop_.overflowed());
  if (!judged) return judged;
  SteerTopLayer(picture, now);
  return Distribute(picture, now);
}

void VideoPipeline::SteerTopLayer(const Picture& picture, TimePoint now) {
  const SessionTime pts = picture->pts;
  if (!source_feeds_top()) {
    top_layer_.AllowReturn(choice_.fits());
    // With nobody watching there is no seam to hide.
    if (choice_.fits() && !plan_->active(top())) top_layer_.LoseEncoder();
    return;
  }
  if (choice_.fits()) {
    if (picture->idr) bridge_wanted_ = false;  // a key frame is what was wanted
    if (bridge_wanted_ && feed_.caught_up()) EngageEncoder(pts, now);
    return;
  }
  if (options_.transcoding == Transcoding::kNever) return;
  // A source that only exceeds the wish is passed on until the encoder is ready.
  if (choice_.bearable() && !feed_.caught_up()) {
    bridge_wanted_ = true;
    return;
  }
  EngageEncoder(pts, now);
}

void VideoPipeline::EngageEncoder(SessionTime from, TimePoint now) {
  bridge_wanted_ = false;
  top_layer_.TakeEncoder(from, At(now));
  top_layer_.AllowReturn(choice_.fits());
  if (auto* process = feed_.process(); process != nullptr && EncodedLayers()[top()]) {
    process->ActivateFrom(top(), from);
    told_[top()] = true;
  }
}

Result<void> VideoPipeline::Distribute(const Picture& picture, TimePoint now) {
  if (TranscoderNeeded(now)) needed_at_ = now;
  // Lower layers of the other range were right beside an encoded highest one only.
  if (!feed_keeps_range_ && choice_.fits() && source_feeds_top()) feed_.Stop(now);
  if (feed_.running()) {
    PushToTranscoder(picture, now);
  } else if (auto started = EnsureTranscoder(now); !started) {
    return started;
  }
  if (!choice_.fits() && !choice_.bearable()) {
    LogRoute();
    return {};
  }
  if (!picture->live) {
    top_layer_.BreakChain();
  } else {
    const bool was_broken = source_feeds_top() && top_layer_.needs_key();
    top_layer_.OnSource(picture, plan_->active(top()), At(now));
    if (was_broken && top_layer_.needs_key() && plan_->active(top())) {
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
  if (plan_->any_below_top() || encodes_announcement_) return true;
  if (!plan_->active(top())) return false;
  return !source_feeds_top() || bridge_wanted_ || now < warm_until_;
}

Result<void> VideoPipeline::EnsureTranscoder(TimePoint now) {
  if (feed_.running() || gop_.empty() || !TranscoderNeeded(now)) return {};
  const SessionTime from = gop_.pictures().back()->pts;
  shedder_.Restart(now);
  told_ = EncodedLayers();
  lag_.Clear();
  transcoder_started_at_ = now;
  feed_keeps_range_ = choice_.fits() || !choice_.full_range();
  auto started = feed_.Start(TranscoderOptions(), told_, gop_, from, now);
  if (started) TellFrameRate();
  return started;
}

void VideoPipeline::TellFrameRate() {
  feed_.process()->SetFrameRateDivisor(shedder_.shedding() >= Shedding::kFrameRate ? 2 : 1);
}

std::vector<bool> VideoPipeline::EncodedLayers() const {
  if (encodes_announcement_) {
    std::vector<bool> layers(layers_.size());
    layers[top()] = true;
    return layers;
  }
  return plan_->Encoded(source_feeds_top(), shedder_.shedding());
}

void VideoPipeline::TellLayers() {
  auto* process = feed_.process();
  if (process == nullptr) return;
  const std::vector<bool> layers = EncodedLayers();
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (layers[layer] != told_[layer]) process->SetActive(layer, layers[layer]);
    // A bridge keeps its own bitrate, which follows the source's.
    if (layer == top() && choice_.fits()) continue;
    process->SetBitrate(layer, static_cast<int>(plan_->bitrate(layer)));
  }
  told_ = layers;
}

void VideoPipeline::ShedLoad(TimePoint now) {
  if (!feed_.caught_up() || std::ranges::none_of(told_, std::identity{})) return;
  const auto lag = lag_.Take();
  if (!lag) return;
  const Shedding before = shedder_.shedding();
  if (shedder_.Update(*lag, now)) {
    feed_.process()->SkipBefore(newest_pts_);
    lag_.Clear();  // what was left out is told no second time
  }
  if (shedder_.shedding() == before) return;
  const bool worse = shedder_.shedding() > before;
  logger_.Write(worse ? observability::LogLevel::kWarn : observability::LogLevel::kInfo,
                worse ? "not enough processor time" : "there is processor time again",
                {{"givenUp", ToString(shedder_.shedding())}, {"before", ToString(before)}});
  TellFrameRate();
  TellLayers();
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
      .decoder_threads = choice_.fits() && layers_.size() == 1 ? 2 : 1,
      .keep_range = choice_.fits(),
      .max_input_pixels = options_.max_input_pixels,
  };
  for (const LayerSpec& layer :
       RefitLayers(options_.encoding, layers_, static_cast<std::uint32_t>(format.width),
                   static_cast<std::uint32_t>(format.height))) {
    options.layers.push_back({.width = static_cast<int>(layer.width),
                              .height = static_cast<int>(layer.height),
                              .bitrate = static_cast<int>(
                                  std::min(layer.bitrate, plan_->bitrate(options.layers.size())))});
  }
  if (choice_.fits()) {
    // A bridge must not look worse than what it stands in for.
    int& bitrate = options.layers.back().bitrate;
    bitrate = std::max(bitrate, static_cast<int>(choice_.source_bitrate() * kBridgeHeadroom));
  }
  return options;
}

void VideoPipeline::OnEncoded(std::size_t layer, EncodedFrame frame) {
  if (layer >= layers_.size() || !told_[layer]) return;  // from before it was switched off
  if (transcoder_started_at_) {
    const auto took = Clock::now() - *std::exchange(transcoder_started_at_, std::nullopt);
    logger_.Debug(
        "first picture of the transcoder",
        {{"afterMs", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
  }
  if (AnnouncesEncoded(layer, frame, Clock::now())) return;
  // The largest layer comes last.
  if (std::find(told_.begin() + static_cast<std::ptrdiff_t>(layer) + 1, told_.end(), true) ==
      told_.end()) {
    lag_.OnFrame(frame.pts, Clock::now());
  }
  if (layer == top()) {
    top_layer_.OnEncoded(std::move(frame));
    return;
  }
  const SessionTime pts = frame.pts;
  Send(layer, std::move(frame));
  top_layer_.OnCompanion(pts, At(Clock::now()));
}

void VideoPipeline::Send(std::size_t layer, EncodedFrame frame) {
  const TimePoint now = Clock::now();
  if (frame.key_frame) gates_[layer].OnKeyFrame(now);
  lip_sync_.SetLead(source_feeds_top() ? LipSync::kSourceLead : LipSync::kLead);
  lip_sync_.Push(layer, std::move(frame), At(now));
  if (lip_sync_.deadline()) callbacks_.on_held();
}

void VideoPipeline::OnTranscoderBroken(const Error& error) {
  const TimePoint now = Clock::now();
  logger_.Warn("the transcoder broke", {{"error", error}, {"route", ToString(route())}});
  if (now - first_restart_ > kRestartWindow) {
    first_restart_ = now;
    restarts_ = 0;
  }
  if (++restarts_ > kMaxRestarts) return callbacks_.on_error(error);
  // The picture that broke it may be in the cache: go on with the next key frame.
  if (restarts_ > 1) gop_.Clear();
  bridge_wanted_ = false;
  warm_until_ = {};
  if (choice_.fits()) top_layer_.LoseEncoder();
}

void VideoPipeline::OnSubscribedQuality(const std::map<::livekit::VideoQuality, bool>& enabled) {
  if (!plan_) return;
  const TimePoint now = Clock::now();
  // The SFU takes a layer that it had switched off for a new one; before its first word it had not.
  const bool first_word = !plan_->heard();
  const std::vector<std::size_t> added = plan_->OnSubscribedQuality(enabled);
  logger_.Debug("layers wanted", {{"active", plan_->Describe()}});
  announcement_.End();
  encodes_announcement_ = false;
  for (const std::size_t layer : added) {
    if (!first_word) callbacks_.on_enabled(layer);
    Welcome(layer, now);
  }
  FollowPlan(now);
}

void VideoPipeline::OnUplink(std::optional<std::uint32_t> bits_per_second) {
  if (!plan_) return;
  const TimePoint now = Clock::now();
  const std::string layers_before = plan_->Describe();
  const bool changed = plan_->OnUplink(bits_per_second, now);
  choice_.LimitTop(plan_->top_limit());
  if (!changed) return;
  const std::string layers = plan_->Describe();
  const bool was_limited = std::exchange(uplink_limits_, bits_per_second.has_value());
  // Bitrates follow the estimate every second; that is no news once the limit is known.
  const bool news = layers != layers_before || was_limited != uplink_limits_;
  logger_.Write(news ? observability::LogLevel::kWarn : observability::LogLevel::kDebug,
                uplink_limits_ ? "the way to the server limits the layers"
                               : "the way to the server carries all layers again",
                {{"kbps", bits_per_second.value_or(0) / 1000}, {"layers", layers}});
  FollowPlan(now);
}

void VideoPipeline::FollowPlan(TimePoint now) {
  TellLayers();
  if (auto started = EnsureTranscoder(now); !started) callbacks_.on_error(started.error());
  LogRoute();
}

void VideoPipeline::Welcome(std::size_t layer, TimePoint now) {
  if (layer == top()) newcomers_until_ = now + kNewcomers;
  // The viewer's own request comes later, and when it is lost the next one after a second. A bridge
  // can use the time.
  gates_[layer].OnEnabled();
  RequestKeyFrame(layer, now);
}

void VideoPipeline::RequestKeyFrame(std::size_t layer, TimePoint now) {
  if (layer >= layers_.size() || !plan_->active(layer)) return;
  const bool granted = gates_[layer].Request(now);
  logger_.Debug("key frame wanted", {{"layer", layer}, {"atOnce", granted}});
  if (!granted) return;
  AnswerKeyFrameRequest(layer, now);
}

void VideoPipeline::AnswerKeyFrameRequest(std::size_t layer, TimePoint now) {
  if (layer == top() && source_feeds_top()) {
    AnswerFromSource(now);
    return;
  }
  if (layer == top() && !gop_.empty() && gop_.pictures().front()->idr && choice_.idr_fits()) {
    top_layer_.ShowStill(gop_.pictures().front());
  }
  if (auto* process = feed_.process()) process->RequestKeyFrame(layer);
}

void VideoPipeline::AnswerFromSource(TimePoint now) {
  if (bridge_wanted_) return;
  if (CanReplay(now)) {
    logger_.Debug("sending the GOP again", {{"pictures", gop_.pictures().size()}});
    top_layer_.Replay(gop_.pictures());
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
  const auto next = rhythm_.Next(newest_);
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
  gates_.assign(layers_.size(), {});
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) RequestKeyFrame(layer, now);
  Announce(now);
}

Result<void> VideoPipeline::Poll(TimePoint now) {
  input_.Poll(now);
  if (auto taken = TakeInput(now); !taken) return taken;
  if (layers_.empty()) return {};
  Announce(now);
  top_layer_.Poll(At(now));
  lip_sync_.Poll(At(now));
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (gates_[layer].Poll(now) && plan_->active(layer)) AnswerKeyFrameRequest(layer, now);
  }
  if (wait_for_source_until_ && now >= *wait_for_source_until_) {
    wait_for_source_until_.reset();
    if (plan_->active(top()) && source_feeds_top()) BeginBridge(now);
  }
  if (TranscoderNeeded(now)) needed_at_ = now;
  if (feed_.running() && now - needed_at_ > kLinger) feed_.Stop(now);
  ShedLoad(now);
  feed_.Poll(now);
  LogRoute();
  return {};
}

Route VideoPipeline::route() const {
  if (layers_.empty()) return Route::kIdle;
  const bool lower = plan_->any_below_top();
  if (!lower && !plan_->active(top())) return Route::kIdle;
  if (!source_feeds_top()) return choice_.fits() ? Route::kBridge : Route::kLadder;
  if (lower) return Route::kHybrid;
  return bridge_wanted_ ? Route::kBridge : Route::kPassThrough;
}

std::string_view VideoPipeline::layer_route(std::size_t layer) const {
  if (!plan_->active(layer)) return "off";
  if (layer != top() || (!source_feeds_top() && !choice_.fits())) return "encode";
  return source_feeds_top() ? "passthrough" : "bridge";
}

void VideoPipeline::LogRoute() {
  // Who is in the room is known when the transport is up.
  if (!choice_.chosen() || (route() == Route::kIdle && !announcement_.begun())) return;
  const RouteLog::News news = route_log_.Note(route(), choice_.reason());
  if (news == RouteLog::News::kNothing) return;
  if (news == RouteLog::News::kReason) {
    logger_.Info("another reason for the video's route", {{"reason", choice_.reason()}});
    return;
  }
  logger_.Write(news == RouteLog::News::kRoute ? observability::LogLevel::kInfo
                                               : observability::LogLevel::kDebug,
                "video route", {{"route", ToString(route())}, {"reason", choice_.reason()}});
}

}  // namespace ingress::pipeline
