#include "rtp_receive/audio_stream.h"

#include <utility>
#include <variant>

#include "rtp_receive/sequencer_stats.h"

namespace ingress::rtp_receive {

AudioStream::AudioStream(std::uint32_t ssrc, const PayloadFormat& format, bool requests,
                         TrackAligner& aligner)
    : ssrc_(ssrc),
      format_(format),
      aligner_(&aligner),
      clock_(format.clock_rate),
      packets_({.ssrc = ssrc,
                .clock_rate = format.clock_rate,
                .requests = requests,
                .max_hold = kMaxHold,
                .max_gap = kMaxGap},
               *this) {}

void AudioStream::OnOrdered(const OrderedPacket& packet) {
  if (packet.payload.empty()) return;
  const AudioCodec codec = std::get<AudioCodec>(format_.codec);
  // Opus packets say it themselves, whatever the description has (RFC 7587 §7).
  const bool says_itself = codec == AudioCodec::kOpus;
  ready_.push_back(
      {.codec = codec,
       .sample_rate = says_itself ? 0 : format_.clock_rate,
       .channels = says_itself ? 0 : format_.channels,
       .dts = aligner_->Place(TrackKind::kAudio, clock_, packet.timestamp, packet.arrival),
       .payload = stream::Payload(Bytes(packet.payload.begin(), packet.payload.end()))});
}

void AudioStream::TakeUnits(TimePoint now, stream::Units& units) {
  packets_.Poll(now);
  given_ += ready_.size();
  for (stream::AudioUnit& unit : std::exchange(ready_, {})) units.push_back(std::move(unit));
}

StreamStats AudioStream::stats() const {
  StreamStats stats = SequencerStats(packets_);
  stats.ssrc = ssrc_;
  stats.kind = TrackKind::kAudio;
  stats.frames = given_;
  return stats;
}

}  // namespace ingress::rtp_receive
