#pragma once

namespace ingress::media {

/// Decides which packets of silence need not be sent (DTX, RFC 7587 §3.1.3).
///
/// libopus does that itself only for speech or at complexities of 7 and above; this costs nothing.
/// The pattern is libopus' own: silence begins with a fifth of a second that is sent, so that the
/// receiver's concealment has silence to repeat, and every 20th packet is sent to keep state alive.
class SilenceGate {
 public:
  /// `level_dbov`: of the next packet, as RFC 6464. True when it need not be sent.
  bool Skips(int level_dbov) {
    constexpr int kInaudible = 90;  // dB below full scale: less than one step of 16 bits
    constexpr int kSentFirst = 10;  // packets
    constexpr int kPeriod = 20;     // packets
    silent_ = level_dbov >= kInaudible ? silent_ + 1 : 0;
    if (silent_ <= kSentFirst) return false;
    return (silent_ - kSentFirst) % kPeriod != 0;
  }

 private:
  int silent_ = 0;  // packets in a row
};

}  // namespace ingress::media
