#include "media/audio_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/audio_format.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

constexpr SessionTime kHole = milliseconds(50);  // less may be jitter of the encoder's clock
constexpr double kCorrectAbove = 0.020;          // seconds; below, nobody hears the offset
constexpr double kCorrectDownTo = 0.002;         // seconds
constexpr double kSmoothing = 1.0 / 32;          // the weight of one more coded frame
constexpr std::size_t kStretch = 200;            // one sample in so many: half a percent

SessionTime DurationOf(std::int64_t frames) {
  return SessionTime(frames * std::nano::den / kOpusRate);
}

std::size_t FramesOf(SessionTime duration) {
  return static_cast<std::size_t>(duration.count() * kOpusRate / std::nano::den);
}

double Seconds(SessionTime duration) { return std::chrono::duration<double>(duration).count(); }

/// Decoders can be made to put out anything.
float Tame(float sample) { return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F; }

}  // namespace

SessionTime AudioGrid::end() const { return *origin_ + DurationOf(frames_); }

void AudioGrid::Add(std::span<const float> samples, std::optional<SessionTime> pts) {
  if (pts) Align(*pts);
  if (!origin_) return;
  const std::size_t skipped = std::min(frames_to_skip_, samples.size() / channels_);
  frames_to_skip_ -= skipped;
  samples = samples.subspan(skipped * channels_);
  if (correcting_) {
    AppendStretched(samples);
  } else {
    Append(samples);
  }
}

void AudioGrid::Align(SessionTime pts) {
  if (!origin_) {
    Jump(pts);
    return;
  }
  // What is still to be left out has been accounted for already.
  const SessionTime drift = pts + DurationOf(static_cast<std::int64_t>(frames_to_skip_)) - end();
  if (drift > kMaxFilledGap || drift < -kMaxFilledGap) {
    Jump(pts);
  } else if (drift > kHole) {
    AppendSilence(FramesOf(drift));
    smooth_drift_ = 0;
  } else if (drift < -kHole) {
    frames_to_skip_ += FramesOf(-drift);
    smooth_drift_ = 0;
  } else {
    Follow(drift);
  }
}

void AudioGrid::Follow(SessionTime drift) {
  smooth_drift_ += (Seconds(drift) - smooth_drift_) * kSmoothing;
  if (std::abs(smooth_drift_) > kCorrectAbove) correcting_ = true;
  if (std::abs(smooth_drift_) < kCorrectDownTo) correcting_ = false;
}

void AudioGrid::Jump(SessionTime pts) {
  if (!pending_.empty()) {
    AppendSilence(kSamplesPerPacket - pending_.size() / channels_);
  }
  origin_ = pts;
  frames_ = 0;
  frames_to_skip_ = 0;
  smooth_drift_ = 0;
  correcting_ = false;
}

void AudioGrid::Append(std::span<const float> samples) {
  if (pending_.empty()) pending_pts_ = end();
  std::ranges::transform(samples, std::back_inserter(pending_), Tame);
  frames_ += static_cast<std::int64_t>(samples.size() / channels_);
  CutBlocks();
}

void AudioGrid::AppendStretched(std::span<const float> samples) {
  const std::size_t frames = samples.size() / channels_;
  const std::size_t change = frames / kStretch;
  if (change == 0) {
    Append(samples);
    return;
  }
  // Timestamps ahead of the count: the sound must take longer.
  const bool longer = smooth_drift_ > 0;
  const std::size_t wanted = longer ? frames + change : frames - change;
  std::vector<float> stretched(wanted * channels_);
  const double step = static_cast<double>(frames - 1) / static_cast<double>(wanted - 1);
  for (std::size_t i = 0; i < wanted; ++i) {
    const double position = static_cast<double>(i) * step;
    const std::size_t left = std::min(static_cast<std::size_t>(position), frames - 2);
    const auto weight = static_cast<float>(position - static_cast<double>(left));
    for (std::size_t c = 0; c < channels_; ++c) {
      const float a = samples[left * channels_ + c];
      const float b = samples[(left + 1) * channels_ + c];
      stretched[i * channels_ + c] = a + (b - a) * weight;
    }
  }
  smooth_drift_ += (longer ? -1.0 : 1.0) * static_cast<double>(change) / kOpusRate;
  Append(stretched);
}

void AudioGrid::AppendSilence(std::size_t frames) {
  Append(std::vector<float>(frames * channels_, 0.0F));
}

void AudioGrid::CutBlocks() {
  const std::size_t size = kSamplesPerPacket * channels_;
  std::size_t at = 0;
  for (; pending_.size() - at >= size; at += size) {
    const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(at);
    blocks_.push_back({{first, first + static_cast<std::ptrdiff_t>(size)}, pending_pts_});
    pending_pts_ += kPacketDuration;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::optional<AudioGrid::Block> AudioGrid::Take() {
  if (blocks_.empty()) return std::nullopt;
  Block block = std::move(blocks_.front());
  blocks_.pop_front();
  return block;
}

}  // namespace ingress::media
