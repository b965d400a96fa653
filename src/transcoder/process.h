#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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

/// The owner's side of a transcoder process: a media::VideoTranscoder that lives elsewhere.
///
/// A process of its own because a decoder that crashes then costs a few pictures instead of the
/// participant, and because only the end of a process gives back all that GStreamer and its plugins
/// took. It loads them at once after the start; orders may be given before it is ready. Its
/// pipeline can be replaced any number of times. It dies with the thread that spawned it.
///
/// Confined to `executor`; callbacks run there, and after Start() or Stop() none of an earlier
/// pipeline. Await Close() before destruction.
class Process {
 public:
  struct Callbacks {
    std::function<void(std::size_t layer, EncodedFrame frame)> on_frame;
    /// Every picture pushed before the last Sync() has left the decoder's queue.
    std::function<void()> on_synced;
    /// The pipeline broke or the process died; it is of no more use but to be closed.
    std::function<void(Error error)> on_error;
  };

  /// Errors: kInternal when it cannot be spawned.
  /// `subject`: what it works for, for ps.
  static Result<std::unique_ptr<Process>> Spawn(const boost::asio::any_io_executor& executor,
                                                const std::string& subject);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Makes a pipeline, in place of the one that runs. `active`: one flag per layer.
  void Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
             Callbacks callbacks);
  /// Gives the pipeline back and keeps the process.
  void Stop();

  // As in media::VideoTranscoder.
  void Push(const SharedPicture& picture);
  void SetActive(std::size_t layer, bool active);
  void ActivateFrom(std::size_t layer, SessionTime pts);
  void RequestKeyFrame(std::size_t layer);
  void SkipBefore(SessionTime pts);
  void SetBitrate(std::size_t layer, int bits_per_second);
  void SetFrameRateDivisor(int divisor);
  void Sync();

  /// The process' newest report, at most one second old while a pipeline runs.
  const ProcessUsage& usage() const;

  /// When it last said anything while a pipeline ran; Start() counts as a word.
  TimePoint last_heard() const;

  /// Ends the process and returns when it is gone.
  boost::asio::awaitable<void> Close();

 private:
  class Impl;
  explicit Process(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::transcoder
