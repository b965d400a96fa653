#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/encoded_frame.h"

namespace ingress::handler {

/// Lets a picture leave with the sound of its time.
///
/// Sound is on its way for longer: its coded frames are gathered in packets of another length, and
/// an encoder that reorders sends pictures ahead of their time. Receivers even out only what
/// exceeds 30 ms. So a picture waits until the sound of kPictureLead before it is out. Sound that
/// comes that late by itself, or does not come, is not waited for; nor is anything before kSettled,
/// when viewers wait for a first picture.
///
/// Sans-IO: sound and pictures arrive often enough to be the only clock. `now` is on the session's
/// time line.
class LipSync {
 public:
  /// How long before the sound of its time a picture may leave: receivers take longer to show it.
  /// Chosen by measurement at libwebrtc receivers.
  static constexpr std::chrono::milliseconds kPictureLead{6};
  /// The longest that a picture waits; sound that is further behind is not waited for.
  static constexpr std::chrono::milliseconds kMaxHold{50};
  /// Sound that has been silent for so long is not waited for.
  static constexpr std::chrono::milliseconds kSoundGone{60};
  /// From the first picture on.
  static constexpr std::chrono::milliseconds kSettled{2000};

  using OnPicture = std::function<void(std::size_t layer, const EncodedFrame& frame)>;

  explicit LipSync(OnPicture on_picture) : on_picture_(std::move(on_picture)) {}

  /// A picture of any layer; those of one layer leave in the order of these calls.
  void Push(std::size_t layer, EncodedFrame frame, SessionTime now);

  /// Sound of before `end` is out.
  void OnSound(SessionTime end, SessionTime now);

  /// Lets go of what has waited long enough.
  void Poll(SessionTime now);

 private:
  struct Held {
    std::size_t layer;
    EncodedFrame frame;
    SessionTime since;
  };

  bool Waits(const EncodedFrame& frame, SessionTime now) const;
  void Release(SessionTime now);

  OnPicture on_picture_;
  std::deque<Held> held_;  // in order of arrival
  std::optional<SessionTime> began_at_;
  std::optional<SessionTime> sound_at_;
  SessionTime sound_until_{};  // pictures of before may go
};

}  // namespace ingress::handler
