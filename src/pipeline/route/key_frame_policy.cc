#include "pipeline/route/key_frame_policy.h"

#include <utility>

namespace ingress::pipeline {

std::string_view ToString(KeyFramePolicy::Answer answer) {
  switch (answer) {
    case KeyFramePolicy::Answer::kLater:
      return "later";
    case KeyFramePolicy::Answer::kUnderWay:
      return "under way";
    case KeyFramePolicy::Answer::kWait:
      return "the source's next";
    case KeyFramePolicy::Answer::kReplay:
      return "replay";
    case KeyFramePolicy::Answer::kAskSource:
      return "ask the source";
    case KeyFramePolicy::Answer::kBridge:
      return "bridge";
    case KeyFramePolicy::Answer::kAskEncoder:
    case KeyFramePolicy::Answer::kRepeatAndAskEncoder:
      return "ask the encoder";
  }
  return "unknown";
}

void KeyFramePolicy::OnTrackPublished(std::size_t layers, TimePoint now) {
  throttles_.assign(layers, {});
  newcomers_until_ = now + kNewcomers;
  source_until_.reset();
  source_asked_ = false;
  OnEncoderLost();
}

void KeyFramePolicy::OnLayerSubscribed(std::size_t layer, TimePoint now) {
  if (layer == top()) newcomers_until_ = now + kNewcomers;
  throttles_[layer].OnEnabled();
}

void KeyFramePolicy::OnSourcePicture(const SourcePicture& picture, bool passes) {
  if (!picture.idr) return;
  interval_.OnKeyFrame(picture.dts);
  source_until_.reset();
  if (std::exchange(source_asked_, false)) unanswered_ = 0;
  if (passes) encoder_wanted_ = false;
}

KeyFramePolicy::Answer KeyFramePolicy::Request(std::size_t layer, const Stream& stream,
                                               TimePoint now) {
  return throttles_[layer].Request(now) ? Decide(layer, stream, now) : Answer::kLater;
}

bool KeyFramePolicy::Due(std::size_t layer, TimePoint now) const {
  const auto deadline = throttles_[layer].deadline();
  return (deadline && now >= *deadline) || (layer == top() && SourceIsLate(now));
}

std::optional<KeyFramePolicy::Answer> KeyFramePolicy::Poll(std::size_t layer, const Stream& stream,
                                                           TimePoint now) {
  if (throttles_[layer].Poll(now) && stream.watched) return Decide(layer, stream, now);
  if (layer != top() || !SourceIsLate(now)) return std::nullopt;
  source_until_.reset();
  if (std::exchange(source_asked_, false) && ++unanswered_ >= kUnanswered)
    unresponsive_until_ = now + kUnresponsiveFor;
  if (!stream.watched || !stream.source_feeds_top) return std::nullopt;
  return Bridge(stream.gop, now);
}

KeyFramePolicy::Answer KeyFramePolicy::Decide(std::size_t layer, const Stream& stream,
                                              TimePoint now) {
  if (layer != top()) return Answer::kAskEncoder;
  if (stream.source_feeds_top) return FromSource(stream.gop, now);
  const GopCache& gop = stream.gop;
  const bool repeat = !gop.empty() && gop.pictures().front()->idr && stream.idr_eligible;
  return repeat ? Answer::kRepeatAndAskEncoder : Answer::kAskEncoder;
}

KeyFramePolicy::Answer KeyFramePolicy::FromSource(const GopCache& gop, TimePoint now) {
  if (encoder_wanted_) return Answer::kUnderWay;
  if (CanReplay(gop, now)) return Answer::kReplay;
  if (SourceKeyFrameIsNear(gop)) {
    source_until_ = now + kWorthWaiting + kOverdue;
    return Answer::kWait;
  }
  if (!AsksSource(now)) return Bridge(gop, now);
  if (std::exchange(source_asked_, true)) return Answer::kUnderWay;
  source_until_ = now + kSourceAnswers;
  return Answer::kAskSource;
}

bool KeyFramePolicy::AsksSource(TimePoint now) const {
  return options_.source_answers && (now >= unresponsive_until_ || !options_.may_bridge);
}

KeyFramePolicy::Answer KeyFramePolicy::Bridge(const GopCache& gop, TimePoint now) {
  if (!options_.may_bridge || gop.empty()) return Answer::kWait;
  encoder_wanted_ = true;
  warm_until_ = now + kKeepWarm;
  return Answer::kBridge;
}

bool KeyFramePolicy::CanReplay(const GopCache& gop, TimePoint now) const {
  return (replay_allowed_ || SourceIsUnresponsive(now)) && now < newcomers_until_ && !gop.empty() &&
         gop.pictures().front()->idr && gop.span() <= kReplaySpan && gop.bytes() <= kReplayBytes;
}

bool KeyFramePolicy::SourceKeyFrameIsNear(const GopCache& gop) const {
  const auto next = interval_.Next(gop.newest_dts());
  return next && *next - gop.newest_dts() <= kWorthWaiting;
}

void KeyFramePolicy::OnSourceReturned(TimePoint now) {
  encoder_wanted_ = false;
  warm_until_ = now + kKeepWarm;
}

void KeyFramePolicy::OnEncoderLost() {
  encoder_wanted_ = false;
  warm_until_ = {};
}

}  // namespace ingress::pipeline
