#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "rtp_receive/media_stream.h"
#include "rtp_receive/receiver_config.h"

namespace ingress::rtp_receive {

/// One stream of audio: each packet is a unit (RFC 7587 §4.2, RFC 3551 §4.5). A packet that is lost
/// for good leaves a hole; a pause without packets (DTX) is none, and is left as it is.
class AudioStream final : public MediaStream, private OrderedPacketSink {
 public:
  /// Three packets of 20 ms: a repair that takes longer is worth less than the audio after it.
  static constexpr std::chrono::milliseconds kMaxHold{60};
  static constexpr std::int64_t kMaxGap = 10;  // packets

  /// `format` names an audio codec. `aligner` must outlive it.
  AudioStream(std::uint32_t ssrc, const PayloadFormat& format, bool requests,
              TrackAligner& aligner);
  ~AudioStream() override { aligner_->Forget(clock_); }

  TrackKind kind() const override { return TrackKind::kAudio; }
  PacketSequencer& packets() override { return packets_; }
  TrackAligner::Stream& clock() override { return clock_; }
  void TakeUnits(TimePoint now, stream::Units& units) override;
  bool TakeKeyFrameRequest(TimePoint /*now*/) override { return false; }
  TimePoint deadline() const override { return packets_.deadline(); }
  void WantKeyFrame() override {}
  bool unresponsive() const override { return false; }
  StreamStats stats() const override;

 private:
  void OnOrdered(const OrderedPacket& packet) override;

  std::uint32_t ssrc_;
  PayloadFormat format_;
  TrackAligner* aligner_;
  TrackAligner::Stream clock_;
  PacketSequencer packets_;
  std::vector<stream::AudioUnit> ready_;
  std::uint64_t given_ = 0;
};

}  // namespace ingress::rtp_receive
