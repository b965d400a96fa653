#include "pipeline/video/video_pipeline.h"

#include <algorithm>
#include <utility>

#include "domain/layers.h"

namespace ingress::pipeline {
namespace {

RouteSelector::Options SelectorOptions(const VideoPipeline::Options& options) {
  return {.transcoding = options.media.transcoding,
          .frame_rate = options.encoding.frame_rate,
          .max_bitrate_ratio = options.media.max_bitrate_ratio,
          .baseline_only = options.encoding.codec == RequestedVideoCodec::kH264Baseline};
}

}  // namespace

VideoPipeline::VideoPipeline(transcoder::Client& transcoder, Options options, Callbacks callbacks,
                             observability::Logger logger)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      logger_(std::move(logger)),
      input_(logger_, options_.media.max_input_pixels),
      selector_(SelectorOptions(options_)),
      key_frames_({.may_bridge = options_.media.transcoding != Transcoding::kNever,
                   .source_answers = callbacks_.request_source_key_frame != nullptr}),
      splicer_({.send_source =
                    [this](const Picture& picture, SessionTime pts, TimePoint now) {
                      if (!layers_.top_active()) return splicer_.BreakChain();
                      Send(top(), pass_through_.Frame(picture, pts), now);
                    },
                .send_encoded = [this](EncodedFrame frame,
                                       TimePoint now) { Send(top(), std::move(frame), now); },
                .on_returned =
                    [this](TimePoint now) {
                      key_frames_.OnSourceReturned(now);
                      ConfigureLayers();
                    }}),
      feed_(transcoder,
            {.on_frame = [this](std::size_t layer, EncodedFrame frame,
                                TimePoint now) { OnEncoded(layer, std::move(frame), now); },
             .on_lost = [this](const Error& error, TranscoderLifetime::Loss loss,
                               TimePoint now) { OnTranscoderLost(error, loss, now); }},
            logger_),
      release_(callbacks_.on_frame) {
  if (options_.encoding.codec == RequestedVideoCodec::kVp8) selector_.SendVp8();
  if (options_.encoding.codec == RequestedVideoCodec::kH264Baseline) {
    options_.media.h264_profile = codec::H264Profile::kBaseline;
  }
}

VideoPipeline::~VideoPipeline() = default;

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
    // What comes until the next key frame is of no use.
    if (output->broken || output->waiting) AskSource(now);
    if (output->format_changed) {
      if (auto made = OnFormat(now); !made) return made;
    } else if (output->sets_changed) {
      if (auto set = OnSets(); !set) return set;
    }
    if (!output->picture) continue;
    if (auto taken = OnPicture(output->picture, now); !taken) return taken;
  }
  return {};
}

void VideoPipeline::UseVp8(TimePoint now) {
  selector_.SendVp8();
  feed_.Stop(now);
}

Result<void> VideoPipeline::OnFormat(TimePoint now) {
  const VideoFormat& format = *input_.source().format();
  logger_.Info("video format", {{"width", format.width}, {"height", format.height}});
  std::vector<LayerSpec> layers = LayersOfFormat();
  if (layers.empty()) return Fail(ErrorCode::kMalformed, "video without a size");
  if (layers_.empty()) {
    PublishLayers(std::move(layers), now);
  } else if (options_.media.transcoding != Transcoding::kNever) {
    layers_.OnFormat(layers.back(), now);
  }
  if (format.codec == VideoCodec::kH264) {
    selector_.OnParameterSets(input_.source().sps(), input_.source().slice_groups());
    if (auto set = OnSets(); !set) return set;
  } else {
    selector_.OnForeignCodec(format.name);
  }
  gop_.Clear();
  announcement_.OnFormat();
  splicer_.BreakChain();
  feed_.Stop(now);  // its decoder was made for the old format
  return {};
}

/// The layers of a track that would be published for the source as it is now.
std::vector<LayerSpec> VideoPipeline::LayersOfFormat() const {
  const auto width = static_cast<std::uint32_t>(input_.source().format()->width);
  const auto height = static_cast<std::uint32_t>(input_.source().format()->height);
  VideoEncoding encoding = options_.encoding;
  if (options_.media.transcoding == Transcoding::kNever) {
    encoding.layers = {encoding.layers.back()};
    encoding.layers.front().width = width;
    encoding.layers.front().height = height;
  }
  return ComputeLayers(encoding, width, height);
}

void VideoPipeline::PublishLayers(std::vector<LayerSpec> layers, TimePoint now) {
  layers_.Publish(std::move(layers), now);
  selector_.SetTop(layers_.specs().back());
  key_frames_.OnTrackPublished(layers_.size(), now);
}

void VideoPipeline::RenewLayers(TimePoint now) {
  feed_.Stop(now);
  PublishLayers(LayersOfFormat(), now);
  splicer_.LoseEncoder(now);
}

Result<void> VideoPipeline::OnSets() {
  const VideoSource& source = input_.source();
  if (source.format()->codec != VideoCodec::kH264) return {};
  return pass_through_.SetConfig(source.avc_config());
}

Result<void> VideoPipeline::OnPicture(const Picture& picture, TimePoint now) {
  const SourcePicture& it = *picture;
  gop_.Push(picture);
  // A decoder must be able to begin at any time.
  if (gop_.empty() || gop_.span() > GopCache::kMaxSpan / 2) AskSource(now);
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
  key_frames_.OnSourcePicture(it, source_feeds_top() && selector_.eligible());
  SteerTopLayer(picture, now);
  return Distribute(picture, now);
}

void VideoPipeline::SteerTopLayer(const Picture& picture, TimePoint now) {
  const SessionTime pts = picture->pts;
  if (!source_feeds_top()) {
    splicer_.AllowReturn(selector_.eligible());
    // With nobody watching there is no seam to hide.
    if (selector_.eligible() && !layers_.top_active()) splicer_.LoseEncoder(now);
    return;
  }
  if (selector_.eligible()) {
    if (key_frames_.encoder_wanted() && feed_.caught_up()) EngageEncoder(pts, now);
    return;
  }
  if (options_.media.transcoding == Transcoding::kNever) return;
  // A source that only exceeds the wish is passed on until the encoder is ready.
  if (selector_.over_budget() && !feed_.caught_up()) {
    key_frames_.WantEncoder();
    return;
  }
  EngageEncoder(pts, now);
}

Result<void> VideoPipeline::Distribute(const Picture& picture, TimePoint now) {
  if (TranscoderNeeded(now)) feed_.OnNeeded(now);
  // Lower layers of the other range were right beside an encoded highest one only.
  const bool fits_range = feed_.keeps_range() || !selector_.full_range();
  if (!fits_range && selector_.eligible() && source_feeds_top()) feed_.Stop(now);
  if (feed_.running()) {
    feed_.Push(picture, gop_.newest_pts(), now);
  } else if (auto started = EnsureTranscoder(now); !started) {
    return started;
  }
  if (selector_.eligible() || selector_.over_budget()) Pass(picture, now);
  LogRoute();
  return {};
}

/// Gives the highest layer a picture that viewers can decode.
void VideoPipeline::Pass(const Picture& picture, TimePoint now) {
  if (!picture->live) {
    splicer_.BreakChain();
    return;
  }
  const bool was_broken = source_feeds_top() && splicer_.needs_key();
  splicer_.OnSource(picture, layers_.top_active(), now);
  if (was_broken && splicer_.needs_key() && layers_.top_active()) {
    key_frames_.OnChainBroken(now);
    RequestKeyFrame(top(), now);
  }
}

void VideoPipeline::Send(std::size_t layer, EncodedFrame frame, TimePoint now) {
  if (frame.key_frame) key_frames_.OnKeyFrameSent(layer, now);
  release_.SetLead(source_feeds_top() ? VideoReleaseScheduler::kSourceLead
                                      : VideoReleaseScheduler::kLead);
  release_.Push(layer, std::move(frame), At(now));
  if (release_.deadline()) callbacks_.on_held();
}

void VideoPipeline::OnDemand(const std::vector<bool>& wanted, TimePoint now) {
  if (layers_.empty()) return;
  // The output takes a layer that it had switched off for a new one; before its first word it had
  // not.
  const bool first_word = !layers_.allocation().heard();
  const std::vector<std::size_t> added = layers_.OnDemand(wanted);
  logger_.Debug("layers wanted", {{"active", layers_.allocation().Describe()}});
  announcement_.End();
  for (const std::size_t layer : added) {
    if (!first_word) callbacks_.on_enabled(layer);
    key_frames_.OnLayerSubscribed(layer, now);
    RequestKeyFrame(layer, now);
  }
  ApplyAllocation(now);
}

void VideoPipeline::OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now) {
  if (layers_.empty()) return;
  const PublishedLayers::UplinkChange change = layers_.OnUplink(bits_per_second, now);
  selector_.LimitTop(layers_.allocation().top_limit());
  if (change == PublishedLayers::UplinkChange::kNone) return;
  const bool news = change == PublishedLayers::UplinkChange::kNews;
  logger_.Write(
      news ? LogLevel::kWarn : LogLevel::kDebug,
      bits_per_second ? "the uplink limits the layers" : "the uplink carries all layers again",
      {{"kbps", bits_per_second.value_or(0) / 1000}, {"layers", layers_.allocation().Describe()}});
  ApplyAllocation(now);
}

void VideoPipeline::ApplyAllocation(TimePoint now) {
  ConfigureLayers();
  EnsureTranscoderOrEnd(now);
  LogRoute();
}

KeyFramePolicy::Stream VideoPipeline::StreamOf(std::size_t layer) const {
  return {.watched = layers_.active(layer),
          .source_feeds_top = source_feeds_top(),
          .idr_eligible = selector_.idr_eligible(),
          .gop = gop_};
}

void VideoPipeline::RequestKeyFrame(std::size_t layer, TimePoint now) {
  if (layer >= layers_.size() || !layers_.active(layer)) return;
  const KeyFramePolicy::Answer answer = key_frames_.Request(layer, StreamOf(layer), now);
  logger_.Debug("key frame wanted", {{"layer", layer}, {"answer", ToString(answer)}});
  Act(answer, layer, now);
}

void VideoPipeline::BeginAnew(TimePoint now) {
  if (layers_.empty()) return;
  splicer_.BreakChain();
  key_frames_.OnChainBroken(now);
  RequestKeyFrame(top(), now);
}

/// Asks the source for a key frame, if it takes such requests and was not asked just now.
void VideoPipeline::AskSource(TimePoint now) {
  if (callbacks_.request_source_key_frame == nullptr || !source_throttle_.Ask(now)) return;
  logger_.Debug("asking the source for a key frame", {});
  callbacks_.request_source_key_frame(0);
}

void VideoPipeline::Act(KeyFramePolicy::Answer answer, std::size_t layer, TimePoint now) {
  using Answer = KeyFramePolicy::Answer;
  switch (answer) {
    case Answer::kLater:
    case Answer::kUnderWay:
    case Answer::kWait:
      return;
    case Answer::kReplay:
      logger_.Debug("sending the GOP again", {{"pictures", gop_.pictures().size()}});
      return splicer_.Replay(gop_.pictures(), now);
    case Answer::kAskSource:
      return AskSource(now);
    case Answer::kBridge:
      return EnsureTranscoderOrEnd(now);
    case Answer::kRepeatAndAskEncoder:
      splicer_.RepeatKeyFrame(gop_.pictures().front(), now);
      return feed_.RequestKeyFrame(layer);
    case Answer::kAskEncoder:
      return feed_.RequestKeyFrame(layer);
  }
}

void VideoPipeline::OnTransportReady(TimePoint now) {
  announcement_.Begin(now);
  if (layers_.empty()) return;
  key_frames_.OnTransportReady();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) RequestKeyFrame(layer, now);
  Announce(now);
}

Result<void> VideoPipeline::Poll(TimePoint now) {
  input_.Poll(now);
  if (auto taken = TakeInput(now); !taken) return taken;
  if (layers_.empty()) return {};
  Announce(now);
  ReleaseHeld(now);
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (!key_frames_.Due(layer, now)) continue;
    if (auto answer = key_frames_.Poll(layer, StreamOf(layer), now)) Act(*answer, layer, now);
  }
  if (TranscoderNeeded(now)) feed_.OnNeeded(now);
  if (feed_.Poll(gop_.newest_pts(), now)) ConfigureLayers();
  LogRoute();
  return {};
}

std::optional<SessionTime> VideoPipeline::departure() const {
  const auto held = splicer_.deadline();
  const auto scheduled = release_.deadline();
  if (!held) return scheduled;
  return std::min(At(*held), scheduled.value_or(SessionTime::max()));
}

void VideoPipeline::ReleaseHeld(TimePoint now) {
  splicer_.Poll(now);
  release_.Poll(At(now));
}

Route VideoPipeline::route() const {
  if (layers_.empty()) return Route::kIdle;
  const bool lower = layers_.allocation().any_below_top();
  if (!lower && !layers_.top_active()) return Route::kIdle;
  if (!source_feeds_top()) return selector_.eligible() ? Route::kBridge : Route::kLadder;
  if (lower) return Route::kHybrid;
  return key_frames_.encoder_wanted() ? Route::kBridge : Route::kPassThrough;
}

LayerRoute VideoPipeline::layer_route(std::size_t layer) const {
  if (!layers_.active(layer)) return LayerRoute::kOff;
  if (layer != top() || (!source_feeds_top() && !selector_.eligible())) return LayerRoute::kEncode;
  return source_feeds_top() ? LayerRoute::kPassThrough : LayerRoute::kBridge;
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
  logger_.Write(change == RouteLog::Change::kRoute ? LogLevel::kInfo : LogLevel::kDebug,
                "video route", {{"route", ToString(route())}, {"reason", selector_.reason()}});
}

}  // namespace ingress::pipeline
