#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rtp_receive/frame_assembler.h"
#include "rtp_receive/key_frame_requester.h"
#include "rtp_receive/media_stream.h"
#include "rtp_receive/receiver_config.h"
#include "rtp_receive/reference_chain.h"

namespace ingress::rtp_receive {

/// One stream of video: one SSRC, of simulcast one layer. Its frames that may be decoded become
/// units; what is lost for good is told as unreadable, and a key frame is asked for.
class VideoStream final : public MediaStream {
 public:
  struct Options {
    std::uint32_t ssrc = 0;
    std::string rid{};
    PayloadFormat format{};  // names a video codec
    FeedbackFormats feedback{};
  };

  /// `aligner` must outlive it.
  VideoStream(Options options, TrackAligner& aligner);
  ~VideoStream() override { aligner_->Forget(clock_); }

  TrackKind kind() const override { return TrackKind::kVideo; }
  PacketSequencer& packets() override { return packets_; }
  TrackAligner::Stream& clock() override { return clock_; }
  void TakeUnits(TimePoint now, stream::Units& units) override;
  bool TakeKeyFrameRequest(TimePoint now) override;
  TimePoint deadline() const override;
  void WantKeyFrame() override { requester_.Want(); }
  bool unresponsive() const override { return requester_.unresponsive(); }
  StreamStats stats() const override;

 private:
  /// A frame that is shown this much before one that came earlier belongs to another time.
  static constexpr std::chrono::seconds kMaxReordering{2};

  bool answers() const { return options_.feedback.pli || options_.feedback.fir; }
  void AddFormat(stream::Units& units, const stream::Timestamp& dts);
  void OnFrame(ReceivedFrame frame, TimePoint now, stream::Units& units);
  stream::VideoUnit MakeUnit(ReceivedFrame frame);

  Options options_;
  TrackAligner* aligner_;
  TrackAligner::Stream clock_;
  FrameAssembler assembler_;
  PacketSequencer packets_;
  ReferenceChain chain_;
  KeyFrameRequester requester_;
  bool started_ = false;
  std::optional<std::uint64_t> dts_;  // of the newest frame that was given out, in ticks
  std::uint64_t frames_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace ingress::rtp_receive
