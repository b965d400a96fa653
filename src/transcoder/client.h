#pragma once

#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/process_usage.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "media/video_transcoder.h"

namespace ingress::transcoder {

/// A media::CodedPicture that others hold as well.
struct SharedPicture {
  SharedBytes payload;
  SessionTime dts{};
  SessionTime pts{};
  bool key_frame = false;
};

/// The transcoder of a session as its owner sees it: a media::VideoTranscoder that lives elsewhere,
/// may die there, and is then made anew.
///
/// Confined to one thread, where the callbacks run as well. After Start(), Stop() or Discard() none
/// comes of an earlier pipeline. They say when they are called, so that their receiver needs no
/// clock.
class Client {
 public:
  struct Callbacks {
    std::function<void(std::size_t layer, EncodedFrame frame, TimePoint now)> on_frame;
    /// Every picture pushed before the last Sync() has left the decoder's queue.
    std::function<void(TimePoint now)> on_synced;
    /// The pipeline broke or its process died, and was discarded.
    std::function<void(const Error& error, TimePoint now)> on_broken;
  };

  virtual ~Client() = default;

  /// Makes a pipeline, in place of the one that runs. `active`: one flag per layer. What the
  /// pipeline cannot do is told by on_broken. Errors: kInternal when nothing can be started.
  virtual Result<void> Start(const media::VideoTranscoderOptions& options,
                             const std::vector<bool>& active, Callbacks callbacks,
                             TimePoint now) = 0;
  /// Gives the pipeline back and keeps its process, with which the next one starts sooner.
  virtual void Stop() = 0;
  /// Ends the process, and with it the pipeline.
  virtual void Discard() = 0;

  // As in media::VideoTranscoder. Nothing happens while there is no process.
  virtual void Push(const SharedPicture& picture) = 0;
  virtual void SetActive(std::size_t layer, bool active) = 0;
  virtual void ActivateFrom(std::size_t layer, SessionTime pts) = 0;
  virtual void RequestKeyFrame(std::size_t layer) = 0;
  virtual void SkipBefore(SessionTime pts) = 0;
  virtual void SetBitrate(std::size_t layer, int bits_per_second) = 0;
  virtual void SetFrameRateDivisor(int divisor) = 0;
  virtual void Sync() = 0;

  /// The processor time of all its processes so far, and the memory of the present one; at most one
  /// second old while a pipeline runs.
  virtual ProcessUsage usage() const = 0;

  /// When the process last said anything while a pipeline ran, which it does every second; Start()
  /// counts as a word.
  virtual TimePoint last_heard() const = 0;
};

}  // namespace ingress::transcoder
