#include "handler/track_muting.h"

namespace ingress::handler {

void TrackMuting::ActOnVideo(InputLossMuter::Action action) {
  using Action = InputLossMuter::Action;
  if (action == Action::kNone || !output_.has_video()) return;
  if (action == Action::kRenew) return output_.RenewLayers();
  logger_.Info(action == Action::kMute ? "no pictures come, muting the video track"
                                       : "pictures come again");
  output_.SetVideoMuted(action == Action::kMute);
}

void TrackMuting::ActOnAudio(InputLossMuter::Action action) {
  using Action = InputLossMuter::Action;
  if (action != Action::kMute && action != Action::kUnmute) return;
  logger_.Info(action == Action::kMute ? "no audio comes, muting the audio track"
                                       : "audio comes again");
  output_.SetAudioMuted(action == Action::kMute);
}

}  // namespace ingress::handler
