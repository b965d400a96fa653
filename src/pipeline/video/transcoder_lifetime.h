#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "transcoder/client.h"

namespace ingress::pipeline {

/// Decides how long the session's transcoder lives: it is kept for a while when nobody needs it,
/// then ended, which gives back all its memory; one that hangs is ended as well, and one that keeps
/// breaking is given up. In given time.
class TranscoderLifetime {
 public:
  /// The SFU switches layers off and on again within moments.
  static constexpr std::chrono::seconds kKeepUnneeded{2};
  /// An idle process is kept for this long: viewers come back soon or not at all.
  static constexpr std::chrono::seconds kKeepIdle{15};
  /// A process that has not reported its usage for this long hangs. Time in which this process did
  /// not look does not count: it was stopped, and perhaps the transcoder with it.
  static constexpr std::chrono::seconds kHungAfter{10};
  static constexpr std::chrono::seconds kOwnLapse{2};  // between two looks
  /// It may break this often within kRestartWindow.
  static constexpr int kMaxRestarts = 3;
  static constexpr std::chrono::seconds kRestartWindow{60};

  /// What a loss of the transcoder calls for.
  enum class Loss : std::uint8_t {
    kFirst,     // go on with the same pictures
    kRepeated,  // a picture may be what broke it: go on with the next key frame
    kFinal,     // give up
  };

  explicit TranscoderLifetime(transcoder::Client& client) : client_(client) {}

  /// As transcoder::Client::Start().
  Result<void> Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
                     transcoder::Client::Callbacks callbacks, TimePoint now);
  /// Gives the pipeline back. Nothing happens when none runs.
  void Stop(TimePoint now);
  /// The pipeline is needed at present.
  void OnNeeded(TimePoint now) { needed_at_ = now; }
  /// It broke. `error`: kNotFound where no other process would have what this one lacks.
  Loss OnBroken(const Error& error, TimePoint now);

  /// Deadlines. The error of a transcoder that hung and was ended, which counts as broken.
  std::optional<Error> Poll(TimePoint now);

  bool running() const { return running_; }

 private:
  transcoder::Client& client_;
  bool running_ = false;
  TimePoint needed_at_{};
  std::optional<TimePoint> idle_since_;
  TimePoint looked_at_{};
  TimePoint silent_since_{};  // at the earliest
  int restarts_ = 0;
  std::optional<TimePoint> first_restart_;
};

}  // namespace ingress::pipeline
