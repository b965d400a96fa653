#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "handler/input_loss_muter.h"
#include "observability/logger.h"
#include "output/output.h"

namespace ingress::handler {

/// Mutes the tracks of an output whose input is gone, and renews the layers of one that paused:
/// what InputLossMuter decides for each. Sans-IO.
class TrackMuting {
 public:
  TrackMuting(output::Output& output, observability::Logger logger)
      : output_(output), logger_(std::move(logger)) {}

  /// A video track of so many layers is about to be published, also in place of another one.
  void OnVideoPublished(std::size_t layers) {
    video_.emplace(InputLossMuter::Options{.layers = layers});
  }
  void OnAudioPublished() { audio_.emplace(InputLossMuter::Options{}); }

  /// The input gave a live picture, or a coded audio frame.
  void OnVideoInput(TimePoint now) {
    if (video_) ActOnVideo(video_->OnInput(now));
  }
  void OnAudioInput(TimePoint now) {
    if (audio_) ActOnAudio(audio_->OnInput(now));
  }

  /// A picture of `layer` is about to be sent.
  void OnSend(std::size_t layer, TimePoint now) {
    if (video_) ActOnVideo(video_->OnSend(layer, now));
  }

  /// The output wants `layer` again.
  void OnDemand(std::size_t layer) {
    if (video_) video_->OnDemand(layer);
  }

  /// To be called every 100 ms or so.
  void Poll(TimePoint now) {
    if (video_) ActOnVideo(video_->Poll(now));
    if (audio_) ActOnAudio(audio_->Poll(now));
  }

 private:
  void ActOnVideo(InputLossMuter::Action action);
  void ActOnAudio(InputLossMuter::Action action);

  output::Output& output_;
  observability::Logger logger_;
  std::optional<InputLossMuter> video_;  // once the track is published
  std::optional<InputLossMuter> audio_;
};

}  // namespace ingress::handler
