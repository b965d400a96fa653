#include "pipeline/video/transcoder_feed.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

transcoder::SharedPicture Shared(const GopCache::Picture& picture) {
  return {.payload = {.owner = picture, .bytes = picture->payload()},
          .dts = picture->dts,
          .pts = picture->pts,
          .key_frame = picture->key_frame};
}

}  // namespace

TranscoderFeed::TranscoderFeed(transcoder::Client& client, Callbacks callbacks,
                               observability::Logger logger)
    : client_(client),
      callbacks_(std::move(callbacks)),
      logger_(std::move(logger)),
      lifetime_(client) {}

Result<void> TranscoderFeed::Start(const media::VideoTranscoderOptions& options,
                                   std::vector<bool> layers, const GopCache& gop, TimePoint now) {
  layers_ = std::move(layers);
  awaiting_key_.assign(layers_.size(), true);
  keeps_range_ = options.keep_range;
  lag_.Clear();
  started_at_ = now;
  auto started = lifetime_.Start(
      options, layers_,
      {.on_frame = [this](std::size_t layer, EncodedFrame frame,
                          TimePoint at) { OnFrame(layer, std::move(frame), at); },
       .on_synced = [this](TimePoint) { caught_up_ = true; },
       .on_broken = [this](const Error& error, TimePoint at) { OnBroken(error, at); }},
      now);
  if (!started) return started;
  // The newest picture may have come out of the pipeline before.
  client_.SkipBefore(std::max(gop.pictures().back()->pts, newest_out_ + 1ns));
  for (const GopCache::Picture& picture : gop.pictures()) client_.Push(Shared(picture));
  Resync(now);
  SetFrameRate();
  return {};
}

/// Much was pushed at once: caught_up() is false until it has been decoded.
void TranscoderFeed::Resync(TimePoint now) {
  caught_up_ = false;
  synced_at_ = now;
  client_.Sync();
}

void TranscoderFeed::Push(const GopCache::Picture& picture, SessionTime newest_pts, TimePoint now) {
  if (!running()) return;
  if (picture->live && behind_) {
    behind_ = false;
    Resync(now);
  }
  if (!picture->live) {
    client_.SkipBefore(picture->pts + 1ns);
    behind_ = true;
  } else if (caught_up()) {
    lag_.OnPushed(picture->pts, now);
  } else {
    // The decoder has a backlog through no fault of its own: of what waits only the newest is
    // shown.
    client_.SkipBefore(newest_pts);
    lag_.Clear();
  }
  client_.Push(Shared(picture));
}

void TranscoderFeed::SetLayers(const std::vector<bool>& layers) {
  if (!running()) return;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (layers[layer] == layers_[layer]) continue;
    client_.SetActive(layer, layers[layer]);
    awaiting_key_[layer] = true;
  }
  layers_ = layers;
}

void TranscoderFeed::BeginLayer(std::size_t layer, SessionTime from) {
  if (!running()) return;
  client_.ActivateFrom(layer, from);
  layers_[layer] = true;
  awaiting_key_[layer] = true;
}

void TranscoderFeed::SetBitrate(std::size_t layer, std::uint32_t bits_per_second) {
  if (running()) client_.SetBitrate(layer, static_cast<int>(bits_per_second));
}

void TranscoderFeed::RequestKeyFrame(std::size_t layer) {
  if (running()) client_.RequestKeyFrame(layer);
}

void TranscoderFeed::SetFrameRate() {
  client_.SetFrameRateDivisor(shedding() >= Shedding::kFrameRate ? 2 : 1);
}

void TranscoderFeed::OnFrame(std::size_t layer, EncodedFrame frame, TimePoint now) {
  if (layer >= layers_.size() || !layers_[layer]) return;  // from before it was switched off …
  if (awaiting_key_[layer] && !frame.key_frame) return;    // … and on again
  awaiting_key_[layer] = false;
  LogFirstFrame(now);
  // The largest layer comes last.
  const bool largest = std::find(layers_.begin() + static_cast<std::ptrdiff_t>(layer) + 1,
                                 layers_.end(), true) == layers_.end();
  const SessionTime pts = frame.pts;
  newest_out_ = std::max(newest_out_, pts);
  callbacks_.on_frame(layer, std::move(frame), now);
  if (largest && running()) lag_.OnFrame(pts, now);
}

void TranscoderFeed::LogFirstFrame(TimePoint now) {
  if (!started_at_) return;
  const auto took = now - *std::exchange(started_at_, std::nullopt);
  logger_.Debug("first frame of the transcoder",
                {{"afterMs", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
}

void TranscoderFeed::OnBroken(const Error& error, TimePoint now) {
  callbacks_.on_lost(error, lifetime_.OnBroken(error, now), now);
}

bool TranscoderFeed::Poll(SessionTime newest_pts, TimePoint now) {
  if (running() && now - synced_at_ > kMaxCatchUp) caught_up_ = true;
  if (const auto hung = lifetime_.Poll(now)) OnBroken(*hung, now);
  return ShedLoad(newest_pts, now);
}

bool TranscoderFeed::ShedLoad(SessionTime newest_pts, TimePoint now) {
  if (!caught_up() || std::ranges::none_of(layers_, std::identity{})) return false;
  const auto lag = lag_.Take();
  if (!lag) return false;
  const Shedding before = shedding();
  if (shedder_.Update(*lag, now)) {
    client_.SkipBefore(newest_pts);
    lag_.Clear();  // what was left out is not reported a second time
  }
  if (shedding() == before) return false;
  const bool worse = shedding() > before;
  logger_.Write(worse ? LogLevel::kWarn : LogLevel::kInfo,
                worse ? "not enough processor time" : "there is processor time again",
                {{"givenUp", ToString(shedding())}, {"before", ToString(before)}});
  SetFrameRate();
  return true;
}

}  // namespace ingress::pipeline
