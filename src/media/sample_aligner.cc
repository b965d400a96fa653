#include "media/sample_aligner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "codec/opus_format.h"
#include "media/audio_edit.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

constexpr SessionTime kHole = milliseconds(50);  // less may be jitter of the encoder's clock
constexpr SessionTime kOverlap = milliseconds(100);
// Timestamps that run ahead little by little are those of a slow encoder, and no hole up to here.
constexpr SessionTime kCreep = milliseconds(150);
constexpr double kSmoothing = 1.0 / 16;  // the weight of one more coded frame
// Seconds. Disagreement that starts a correction, and what ends it.
constexpr double kStretchAbove = 0.020;
constexpr double kStretchDownTo = 0.002;
constexpr double kEditAbove = 0.030;
constexpr double kEditDownTo = 0.012;
constexpr std::size_t kStretch = 400;           // one sample in so many
constexpr std::int64_t kBetweenEdits = 4'800;   // frames: 100 ms
constexpr std::size_t kFade = 240;              // frames: 5 ms
constexpr std::size_t kRemembered = 2 * kFade;  // frames
constexpr std::array kShortBlocks = {codec::kOpusPacketSamples / 2, codec::kOpusPacketSamples / 4};

SessionTime DurationOf(std::int64_t frames) {
  return SessionTime(frames * std::nano::den / codec::kOpusRate);
}

std::size_t FramesOf(SessionTime duration) {
  return static_cast<std::size_t>(duration.count() * codec::kOpusRate / std::nano::den);
}

double Seconds(SessionTime duration) { return std::chrono::duration<double>(duration).count(); }
double Seconds(std::size_t frames) { return static_cast<double>(frames) / codec::kOpusRate; }

/// Decoders can be made to put out anything.
float Tame(float sample) { return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F; }

}  // namespace

SampleAligner::SampleAligner(int channels, OnBlock on_block)
    : channels_(static_cast<std::size_t>(channels)), on_block_(std::move(on_block)) {
  block_.reserve(codec::kOpusPacketSamples * channels_);
  played_.reserve(kRemembered * channels_);
}

SessionTime SampleAligner::end() const { return *origin_ + DurationOf(frames_); }

void SampleAligner::Add(std::span<const float> samples, std::optional<SessionTime> pts) {
  if (pts) Align(*pts);
  if (!origin_) return;
  samples = LeaveOut(samples);
  if (!samples.empty()) Follow(samples);
}

void SampleAligner::Align(SessionTime pts) {
  if (!origin_) {
    origin_ = pts;
    fade_in_ = kFade;
    return;
  }
  const SessionTime ahead = pts - end();
  if (to_leave_out_ > 0) {
    to_leave_out_ = FramesOf(std::max(-ahead, SessionTime{0}));
    if (to_leave_out_ > 0) return;
  }
  if (ahead > kMaxFilledGap) {
    Jump(pts);
  } else if (ahead > kHole && (ahead > kCreep || ahead - newest_ahead_ > kHole / 2)) {
    FillWithSilence(FramesOf(ahead));
  } else if (ahead < -kOverlap) {
    to_leave_out_ = FramesOf(-ahead);
  } else {
    ahead_ += (Seconds(ahead) - ahead_) * kSmoothing;
    newest_ahead_ = ahead;
    return;
  }
  ahead_ = 0;
  newest_ahead_ = {};
  stretching_ = editing_ = false;
}

/// What has begun of a block is left out. It would leave only now, as late as the gap is long: to
/// receivers more sound to play first, to whoever paces by lateness a wrong measure.
void SampleAligner::Jump(SessionTime pts) {
  block_.clear();
  played_.clear();
  fade_in_ = kFade;
  origin_ = pts;
  frames_ = 0;
  next_edit_ = 0;
}

void SampleAligner::FillWithSilence(std::size_t frames) {
  const std::size_t fading = std::min(frames, kFade);
  fade_in_ = 0;
  FadeOut(played_, channels_, fading, scratch_);
  Append(scratch_);
  scratch_.assign((frames - fading) * channels_, 0.0F);
  Append(scratch_);
  fade_in_ = kFade;
}

/// Returns what is left of `samples`.
std::span<const float> SampleAligner::LeaveOut(std::span<const float> samples) {
  if (to_leave_out_ == 0) return samples;
  const std::size_t frames = std::min(to_leave_out_, samples.size() / channels_);
  to_leave_out_ -= frames;
  samples = samples.subspan(frames * channels_);
  if (to_leave_out_ > 0 || samples.empty()) return {};
  Join(played_, samples, channels_, scratch_);
  Append(scratch_);
  return {};
}

void SampleAligner::Follow(std::span<const float> samples) {
  const double off = std::abs(ahead_);
  editing_ = off > (editing_ ? kEditDownTo : kEditAbove);
  stretching_ = off > (stretching_ ? kStretchDownTo : kStretchAbove);
  if (editing_ && frames_ >= next_edit_ && Edit(samples)) return;
  const std::size_t frames = samples.size() / channels_;
  const std::size_t change = frames / kStretch;
  if (!stretching_ || change == 0) {
    Append(samples);
    return;
  }
  // Timestamps ahead of the count: the audio must take longer.
  const bool longer = ahead_ > 0;
  Stretch(played_, samples, channels_, longer ? frames + change : frames - change, scratch_);
  ahead_ += longer ? -Seconds(change) : Seconds(change);
  Append(scratch_);
}

bool SampleAligner::Edit(std::span<const float> samples) {
  const auto most = static_cast<std::size_t>(std::abs(ahead_) * codec::kOpusRate);
  const bool longer = ahead_ > 0;
  const std::size_t change = longer ? Lengthen(samples, channels_, most, scratch_)
                                    : Shorten(samples, channels_, most, scratch_);
  if (change == 0) return false;
  ahead_ += longer ? -Seconds(change) : Seconds(change);
  next_edit_ = frames_ + kBetweenEdits;
  Append(scratch_);
  return true;
}

void SampleAligner::Move(std::chrono::milliseconds by) { to_move_ = FramesOf(by); }

std::size_t SampleAligner::NextBlockSize() {
  for (const std::size_t frames : kShortBlocks) {
    if (to_move_ < frames) continue;
    to_move_ -= frames;
    return frames * channels_;
  }
  return codec::kOpusPacketSamples * channels_;
}

void SampleAligner::Append(std::span<const float> samples) {
  while (!samples.empty()) {
    if (block_.empty()) {
      block_pts_ = end();
      block_size_ = NextBlockSize();
    }
    const std::size_t before = block_.size();
    const auto part = samples.first(std::min(samples.size(), block_size_ - before));
    samples = samples.subspan(part.size());
    block_.resize(before + part.size());
    const auto added = std::span(block_).subspan(before);
    std::ranges::transform(part, added.begin(), Tame);
    for (std::size_t at = 0; fade_in_ > 0 && at < added.size(); at += channels_, --fade_in_) {
      const float weight = 1.0F - static_cast<float>(fade_in_) / static_cast<float>(kFade + 1);
      for (std::size_t c = 0; c < channels_; ++c) added[at + c] *= weight;
    }
    Remember(added);
    frames_ += static_cast<std::int64_t>(part.size() / channels_);
    if (block_.size() < block_size_) return;
    on_block_(block_, block_pts_);
    block_.clear();
  }
}

void SampleAligner::Remember(std::span<const float> samples) {
  const std::size_t most = kRemembered * channels_;
  if (samples.size() >= most) {
    const auto last = samples.last(most);
    played_.assign(last.begin(), last.end());
    return;
  }
  const std::size_t over = played_.size() + samples.size();
  if (over > most) {
    played_.erase(played_.begin(), played_.begin() + static_cast<std::ptrdiff_t>(over - most));
  }
  played_.insert(played_.end(), samples.begin(), samples.end());
}

}  // namespace ingress::media
