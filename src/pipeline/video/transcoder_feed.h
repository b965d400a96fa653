#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/process_usage.h"
#include "observability/logger.h"
#include "pipeline/route/gop_cache.h"
#include "pipeline/route/load_shedder.h"
#include "pipeline/route/transcode_lag.h"
#include "pipeline/video/transcoder_lifetime.h"

namespace ingress::pipeline {

/// Feeds the session's transcoder: gives it the source's pictures, tells it which layers to encode,
/// and takes work from it when the machine does not keep up (LoadShedder). In given time.
class TranscoderFeed {
 public:
  /// A decoder that has not caught up by then has too little time, and leaves pictures out.
  static constexpr std::chrono::seconds kMaxCatchUp{3};

  struct Callbacks {
    /// A frame of a layer that is to be encoded; the first of each start of a layer is a key frame.
    std::function<void(std::size_t layer, EncodedFrame frame, TimePoint now)> on_frame;
    /// The transcoder broke; the next Start() makes another.
    std::function<void(const Error& error, TranscoderLifetime::Loss loss, TimePoint now)> on_lost;
  };

  TranscoderFeed(transcoder::Client& client, Callbacks callbacks, observability::Logger logger);

  /// Forgets what was learnt of the machine's load long ago. Before Start(), which is told layers
  /// that depend on shedding().
  void RenewLoad(TimePoint now) { shedder_.Restart(now); }
  /// Makes a pipeline that starts with the pictures of `gop`, which is not empty, and encodes from
  /// its newest on, or from the next where that has come out of the last pipeline. `layers`: one
  /// flag per layer of `options`. Errors: kInternal when there is no process.
  Result<void> Start(const media::VideoTranscoderOptions& options, std::vector<bool> layers,
                     const GopCache& gop, TimePoint now);
  /// Gives the pipeline back. Nothing happens when none runs.
  void Stop(TimePoint now) { lifetime_.Stop(now); }
  void OnNeeded(TimePoint now) { lifetime_.OnNeeded(now); }

  /// The next picture of the source. `newest_pts`: see GopCache.
  void Push(const GopCache::Picture& picture, SessionTime newest_pts, TimePoint now);

  // All of these do nothing while no pipeline runs.
  /// Encodes these layers from now on, and no others.
  void SetLayers(const std::vector<bool>& layers);
  /// Encodes the layer from the picture presented at `from` on, which becomes a key frame.
  void BeginLayer(std::size_t layer, SessionTime from);
  void SetBitrate(std::size_t layer, std::uint32_t bits_per_second);
  void RequestKeyFrame(std::size_t layer);

  bool running() const { return lifetime_.running(); }
  /// The decoder has caught up with all that it was given at once.
  bool caught_up() const { return running() && caught_up_; }
  /// Layers have the range of the source's samples.
  bool keeps_range() const { return keeps_range_; }
  ProcessUsage usage() const { return client_.usage(); }

  Shedding shedding() const { return shedder_.shedding(); }
  std::uint64_t backlogs() const { return shedder_.backlogs(); }

  /// Deadlines. True: shedding() has changed, and with it the layers to encode.
  bool Poll(SessionTime newest_pts, TimePoint now);

 private:
  void Resync(TimePoint now);
  bool ShedLoad(SessionTime newest_pts, TimePoint now);
  void SetFrameRate();
  void OnFrame(std::size_t layer, EncodedFrame frame, TimePoint now);
  void OnBroken(const Error& error, TimePoint now);
  void LogFirstFrame(TimePoint now);

  transcoder::Client& client_;
  Callbacks callbacks_;
  observability::Logger logger_;
  TranscoderLifetime lifetime_;
  std::vector<bool> layers_;        // that the transcoder was told to encode
  std::vector<bool> awaiting_key_;  // nothing of that start of the layer has come yet
  bool keeps_range_ = true;
  bool behind_ = false;  // pictures behind the live edge were pushed, and none since
  bool caught_up_ = false;
  TimePoint synced_at_{};                        // when that was asked last
  std::optional<TimePoint> started_at_;          // until its first frame
  SessionTime newest_out_ = SessionTime::min();  // of all frames so far
  TranscodeLag lag_;
  LoadShedder shedder_;
};

}  // namespace ingress::pipeline
