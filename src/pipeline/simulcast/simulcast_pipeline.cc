#include "pipeline/simulcast/simulcast_pipeline.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

// It keeps the times of a layer growing where those of the reference have moved back.
constexpr SessionTime kLeastStep = 1us;

/// Pictures from a key frame on.
std::uint64_t Decodable(const VideoSource::Counters& counters) {
  return counters.pictures - counters.before_header - counters.before_key_frame;
}

}  // namespace

SimulcastPipeline::SimulcastPipeline(transcoder::Client& transcoder, VideoPipeline::Options options,
                                     Callbacks callbacks, observability::Logger logger)
    : transcoder_(transcoder),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      logger_(std::move(logger)) {
  options_.media.transcoding = Transcoding::kNever;
  AddSource();
}

void SimulcastPipeline::AddSource() {
  const std::size_t source = sources_.size();
  VideoPipeline::Callbacks callbacks{
      .on_frame = [this, source](std::size_t /*layer*/,
                                 const EncodedFrame& frame) { Send(source, frame); },
      .on_held = callbacks_.on_held,
      .on_enabled = [](std::size_t /*layer*/) {},  // it hears of the uplink as of the output
      .on_error = callbacks_.on_error};
  if (callbacks_.request_source_key_frame != nullptr) {
    callbacks.request_source_key_frame = [this, source](std::size_t /*layer*/) {
      callbacks_.request_source_key_frame(source);
    };
  }
  sources_.push_back({.pipeline = std::make_unique<VideoPipeline>(transcoder_, options_,
                                                                  std::move(callbacks), logger_)});
  sources_.back().pipeline->SetBatchInterval(batch_interval_);
}

/// A layer begins with a key frame: what a source's pipeline still held of before is of no use.
void SimulcastPipeline::Send(std::size_t source, const EncodedFrame& frame) {
  const auto slot = slots_.SlotOf(source);
  Source& it = sources_[source];
  if (!slot || (it.needs_key_frame && !frame.key_frame)) return;
  it.needs_key_frame = false;
  callbacks_.on_frame(*slot, frame);
}

/// The source of a unit, which there is from then on.
std::size_t SimulcastPipeline::IndexOf(const stream::VideoUnit& unit) {
  const std::size_t index = std::min<std::size_t>(unit.layer, stream::kMaxSenderLayers - 1);
  while (sources_.size() <= index) AddSource();
  return index;
}

VideoMessage SimulcastPipeline::Read(stream::VideoUnit unit) {
  return sources_[IndexOf(unit)].pipeline->Read(std::move(unit));
}

Result<void> SimulcastPipeline::OnMessage(VideoMessage message, Placed placed, TimePoint now) {
  const std::size_t index = IndexOf(message.unit);
  Source& source = sources_[index];
  if (message.unit.time_reference) reference_ = index;
  if (message.begins_picture()) {
    placed.time = std::max(placed.time, source.newest + kLeastStep);
    source.newest = placed.time;
    source.seen_at = now;
  }
  auto taken = source.pipeline->OnMessage(std::move(message), placed, now);
  if (taken) Settle(now);
  return taken;
}

/// A layer of this connection has begun with a key frame, so that its format is its own.
void SimulcastPipeline::Begin(std::size_t source, TimePoint now) {
  sources_[source].begun = true;
  VideoPipeline& pipeline = *sources_[source].pipeline;
  if (vp8_) pipeline.UseVp8(now);
  if (audience_) pipeline.OnAudience(*audience_, now);
  if (transport_ready_) pipeline.OnTransportReady(now);
  if (layers_.empty() && !waits_since_) waits_since_ = now;
}

/// Gives each source its place, and says that another track is due where that suits them better.
/// What a source gave out before it had its place went nowhere, or somewhere else.
void SimulcastPipeline::Match(TimePoint now) {
  std::vector<std::optional<std::size_t>> before;
  before.reserve(sources_.size());
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    before.push_back(slots_.SlotOf(source));
  }
  const bool worth = slots_.Match(Come());
  if (worth && !waits_since_) waits_since_ = now;
  Apply(now);
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    const auto slot = slots_.SlotOf(source);
    if (!slot || slot == before[source]) continue;
    logger_.Debug("the sender's layer has a place", {{"senderLayer", source}, {"layer", *slot}});
    BeginAnew(sources_[source], now);
  }
}

void SimulcastPipeline::BeginAnew(Source& source, TimePoint now) {
  source.needs_key_frame = true;
  source.pipeline->AllowReplay(true);
  source.pipeline->BeginAnew(now);
}

/// The sender's layers that have begun, with their sizes.
std::vector<LayerSlots::Size> SimulcastPipeline::Come() const {
  std::vector<LayerSlots::Size> come;
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    if (!sources_[source].begun) continue;
    const VideoFormat& format = *sources_[source].pipeline->format();
    come.push_back({.source = source,
                    .width = static_cast<std::uint32_t>(format.width),
                    .height = static_cast<std::uint32_t>(format.height)});
  }
  return come;
}

/// Takes note of layers that have begun, have another size, have paused or are back; publishes the
/// track, or says that another one is due, when no more layers are waited for.
void SimulcastPipeline::Settle(TimePoint now) {
  bool sizes_changed = false;
  bool flow_changed = false;
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    Source& it = sources_[source];
    const bool came = Decodable(it.pipeline->counters()) > it.decodable_before;
    if (!it.begun && came && it.pipeline->format()) Begin(source, now);
    const bool flows = it.begun && now - it.seen_at < kPaused;
    flow_changed = std::exchange(it.flows, flows) != flows || flow_changed;
    if (!it.begun) continue;
    const std::pair size{it.pipeline->format()->width, it.pipeline->format()->height};
    sizes_changed = std::exchange(it.size, size) != size || sizes_changed;
  }
  if (sizes_changed && !layers_.empty()) Match(now);
  if (flow_changed) Apply(now);
  if (!waits_since_ || !AllCame(now)) return;
  waits_since_.reset();
  if (layers_.empty()) {
    Publish(now);
  } else {
    renewal_due_ = true;
  }
}

bool SimulcastPipeline::AllCame(TimePoint now) {
  const auto came = std::ranges::count(sources_, true, &Source::begun);
  return static_cast<std::size_t>(came) >= expected_ || now - *waits_since_ >= kOthersGrace;
}

void SimulcastPipeline::Publish(TimePoint now) {
  std::vector<LayerSlots::Size> known = Come();
  if (known.empty()) return;
  layers_.Publish(
      slots_.Publish(std::move(known), expected_, options_.encoding.layers.back().bitrate,
                     options_.encoding.frame_rate),
      now);
  for (const LayerSpec& layer : layers_.specs()) {
    logger_.Info(
        "a layer of the sender's simulcast",
        {{"quality", ToString(layer.quality)}, {"width", layer.width}, {"height", layer.height}});
  }
}

void SimulcastPipeline::RenewLayers(TimePoint now) {
  renewal_due_ = false;
  for (Source& source : sources_) {
    if (source.pipeline->ready()) source.pipeline->RenewLayers(now);
  }
  Publish(now);
  for (Source& source : sources_) BeginAnew(source, now);
}

void SimulcastPipeline::OnUnreadable(const Error& error, TimePoint now) {
  sources_[reference_].pipeline->OnUnreadable(error, now);
}

void SimulcastPipeline::ExpectLayers(std::size_t layers) {
  expected_ = std::clamp<std::size_t>(layers, 1, stream::kMaxSenderLayers);
}

void SimulcastPipeline::OnOtherTrack(TimePoint now) {
  for (Source& source : sources_) source.pipeline->OnOtherTrack(now);
}

Result<void> SimulcastPipeline::OnConnection(TimePoint now) {
  slots_.Match({});
  waits_since_.reset();
  renewal_due_ = false;
  for (Source& source : sources_) {
    source.begun = false;
    source.size = {};
    source.decodable_before = Decodable(source.pipeline->counters());
    if (auto taken = source.pipeline->OnConnection(now); !taken) return taken;
  }
  return {};
}

void SimulcastPipeline::UseVp8(TimePoint now) {
  vp8_ = true;
  for (Source& source : sources_) source.pipeline->UseVp8(now);
}

void SimulcastPipeline::OnDemand(const std::vector<bool>& wanted, TimePoint now) {
  if (layers_.empty()) return;
  // A viewer may come from a layer that was sent before.
  const bool first_word = !layers_.allocation().heard();
  for (std::size_t slot = 0; slot < layers_.size(); ++slot) {
    const auto source = slots_.SourceOf(slot);
    if (source) sources_[*source].pipeline->AllowReplay(first_word || !OthersActive(slot));
  }
  const std::vector<std::size_t> added = layers_.OnDemand(wanted);
  logger_.Debug("layers wanted", {{"active", layers_.allocation().Describe()}});
  if (!first_word) std::ranges::for_each(added, callbacks_.on_enabled);
  Apply(now);
}

void SimulcastPipeline::OnAudience(bool present, TimePoint now) {
  audience_ = present;
  layers_.OnAudience(present);
  for (Source& source : sources_) source.pipeline->OnAudience(present, now);
}

void SimulcastPipeline::OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now) {
  if (layers_.empty()) return;
  if (layers_.OnUplink(bits_per_second, now) == PublishedLayers::UplinkChange::kNews) {
    logger_.Warn(
        bits_per_second ? "the uplink limits the layers" : "the uplink carries all layers again",
        {{"kbps", bits_per_second.value_or(0) / 1000},
         {"layers", layers_.allocation().Describe()}});
  }
  Apply(now);
}

/// Tells each of the sender's layers whether it is sent.
void SimulcastPipeline::Apply(TimePoint now) {
  if (layers_.empty() || !layers_.allocation().heard()) return;
  std::vector<bool> sent(sources_.size(), false);
  for (std::size_t slot = 0; slot < layers_.size(); ++slot) {
    const auto source = layers_.active(slot) ? SourceFor(slot) : std::nullopt;
    if (source) sent[*source] = true;
  }
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    sources_[source].pipeline->OnDemand({sent[source]}, now);
  }
}

/// Says which source serves the viewers of a layer: the sender's own, or while that does not come
/// the nearest that does, smaller ones first. The SFU passes on what comes.
std::optional<std::size_t> SimulcastPipeline::SourceFor(std::size_t slot) const {
  const auto flowing = [this](std::size_t one) -> std::optional<std::size_t> {
    const auto source = slots_.SourceOf(one);
    return source && sources_[*source].flows ? source : std::nullopt;
  };
  for (std::size_t below = slot + 1; below > 0; --below) {
    if (const auto source = flowing(below - 1)) return source;
  }
  for (std::size_t above = slot + 1; above < layers_.size(); ++above) {
    if (const auto source = flowing(above)) return source;
  }
  return slots_.SourceOf(slot);
}

void SimulcastPipeline::OnAudioSent(SessionTime pts, TimePoint now) {
  for (Source& source : sources_) source.pipeline->OnAudioSent(pts, now);
}

void SimulcastPipeline::OnTick(TimePoint now) {
  for (Source& source : sources_) source.pipeline->OnTick(now);
}

void SimulcastPipeline::SetBatchInterval(std::chrono::milliseconds batch_interval) {
  batch_interval_ = batch_interval;
  for (Source& source : sources_) source.pipeline->SetBatchInterval(batch_interval);
}

std::optional<SessionTime> SimulcastPipeline::departure() const {
  std::optional<SessionTime> next;
  for (const Source& source : sources_) {
    if (const auto due = source.pipeline->departure()) next = std::min(next.value_or(*due), *due);
  }
  return next;
}

void SimulcastPipeline::ReleaseHeld(TimePoint now) {
  for (Source& source : sources_) source.pipeline->ReleaseHeld(now);
}

void SimulcastPipeline::RequestKeyFrame(std::size_t layer, TimePoint now) {
  const auto source = layer < layers_.size() ? SourceFor(layer) : std::nullopt;
  if (!source) return;
  sources_[*source].pipeline->AllowReplay(!OthersActive(layer));
  sources_[*source].pipeline->RequestKeyFrame(0, now);
}

bool SimulcastPipeline::OthersActive(std::size_t slot) const {
  for (std::size_t other = 0; other < layers_.size(); ++other) {
    if (other != slot && layers_.active(other)) return true;
  }
  return false;
}

void SimulcastPipeline::OnTransportReady(TimePoint now) {
  transport_ready_ = true;
  for (Source& source : sources_) source.pipeline->OnTransportReady(now);
}

Result<void> SimulcastPipeline::Poll(TimePoint now) {
  for (Source& source : sources_) {
    if (auto polled = source.pipeline->Poll(now); !polled) return polled;
  }
  Settle(now);
  return {};
}

Route SimulcastPipeline::route() const {
  const bool sends = !layers_.empty() && std::ranges::any_of(sources_, [](const Source& source) {
    return source.pipeline->route() != Route::kIdle;
  });
  return sends ? Route::kPassThrough : Route::kIdle;
}

LayerRoute SimulcastPipeline::layer_route(std::size_t layer) const {
  const auto source = slots_.SourceOf(layer);
  if (!source || !sources_[*source].pipeline->ready()) return LayerRoute::kOff;
  return sources_[*source].pipeline->layer_route(0);
}

VideoSource::Counters SimulcastPipeline::counters() const {
  VideoSource::Counters sum;
  for (const Source& source : sources_) {
    const VideoSource::Counters one = source.pipeline->counters();
    sum.pictures += one.pictures;
    sum.before_header += one.before_header;
    sum.before_key_frame += one.before_key_frame;
    sum.damaged += one.damaged;
    sum.composition += one.composition;
  }
  return sum;
}

std::uint32_t SimulcastPipeline::bits_per_second() const {
  std::uint32_t sum = 0;
  for (const Source& source : sources_) sum += source.pipeline->bits_per_second();
  return sum;
}

}  // namespace ingress::pipeline
