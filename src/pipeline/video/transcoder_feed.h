#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process_usage.h"
#include "net/task_scope.h"
#include "pipeline/route/gop_cache.h"
#include "transcoder/process.h"

namespace ingress::pipeline {

/// Owns the session's transcoder process: starts it when it is needed, keeps it for a while when it
/// is not, then ends it, which gives back all its memory.
///
/// Confined to `executor`. Await Close() before destruction.
class TranscoderFeed {
 public:
  /// An idle process is kept for this long: viewers come back soon or not at all.
  static constexpr std::chrono::seconds kKeepIdle{15};
  /// A decoder that has not caught up by then has too little time, and leaves pictures out.
  static constexpr std::chrono::seconds kMaxCatchUp{3};
  /// A process that has not reported its usage for this long hangs. Time in which this process did
  /// not look does not count: it was stopped, and perhaps the transcoder with it.
  static constexpr std::chrono::seconds kHungAfter{10};
  static constexpr std::chrono::seconds kOwnLapse{2};  // between two looks

  struct Callbacks {
    std::function<void(std::size_t layer, EncodedFrame frame)> on_frame;
    /// The pipeline broke; the process is replaced at the next Start().
    std::function<void(const Error& error)> on_error;
  };

  /// `subject`: what the process is shown to work for.
  TranscoderFeed(boost::asio::any_io_executor executor, std::string subject, Callbacks callbacks);

  /// Makes a pipeline that starts with the pictures of `gop` and encodes those presented at
  /// `encode_from` or later. `active`: one flag per layer. Errors: kInternal when there is no
  /// process.
  Result<void> Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
                     const GopCache& gop, SessionTime encode_from, TimePoint now);

  /// Gives the pipeline back. Nothing happens when none runs.
  void Stop(TimePoint now);

  void Push(const GopCache::Picture& picture);

  /// Much was pushed at once: caught_up() is false until it has been decoded.
  void Resync(TimePoint now);

  bool running() const { return running_; }
  /// The decoder has caught up with all that it was given at once.
  bool caught_up() const { return running_ && caught_up_; }
  /// The running pipeline's controls; null when none runs.
  transcoder::Process* process() { return running_ ? process_.get() : nullptr; }
  /// The processor time of all its processes so far, and the memory of the present one.
  ProcessUsage usage() const;

  void Poll(TimePoint now);
  boost::asio::awaitable<void> Close();

 private:
  void Discard();
  boost::asio::awaitable<void> CloseProcess(std::unique_ptr<transcoder::Process> process);

  boost::asio::any_io_executor executor_;
  const std::string subject_;
  Callbacks callbacks_;
  net::TaskScope tasks_;
  std::unique_ptr<transcoder::Process> process_;
  bool running_ = false;
  bool caught_up_ = false;
  TimePoint synced_at_{};  // when that was asked last
  TimePoint idle_since_{};
  TimePoint looked_at_{};
  TimePoint silent_since_{};  // at the earliest
  double cpu_seconds_of_past_ = 0;
};

}  // namespace ingress::pipeline
