#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace ingress::test {

/// Puts the RTP payloads of one access unit together again (RFC 6184: single NAL unit, STAP-A,
/// FU-A). Written from the receiver's point of view, so that it shares nothing with the packetizer.
class H264Depacketizer {
 public:
  /// False when the payload breaks the format: a receiver would drop it.
  bool Add(ByteView payload) {
    if (payload.empty()) return false;
    switch (payload[0] & 0x1f) {
      case 24:
        return !fragmented_ && AddAggregate(payload);
      case 28:
        return AddFragment(payload);
      default:
        if (fragmented_ || (payload[0] & 0x1f) == 0 || (payload[0] & 0x1f) > 23) return false;
        nals_.emplace_back(payload.begin(), payload.end());
        return true;
    }
  }

  /// Whether no fragment is open.
  bool complete() const { return !fragmented_; }
  const std::vector<Bytes>& nals() const { return nals_; }

 private:
  bool AddAggregate(ByteView payload) {
    ByteReader reader(payload.subspan(1));
    while (reader.remaining() > 0) {
      const ByteView nal = reader.ReadBytes(reader.ReadU16());
      if (!reader.ok() || nal.empty()) return false;
      nals_.emplace_back(nal.begin(), nal.end());
    }
    return payload.size() > 1;
  }

  bool AddFragment(ByteView payload) {
    if (payload.size() < 3) return false;
    const bool start = (payload[1] & 0x80) != 0;
    const bool end = (payload[1] & 0x40) != 0;
    // RFC 6184 §5.8: a fragmented unit has at least two fragments, so never both bits.
    if (start == fragmented_.has_value() || (start && end)) return false;
    if (start) {
      fragmented_ = Bytes{static_cast<std::uint8_t>((payload[0] & 0xe0) | (payload[1] & 0x1f))};
    }
    fragmented_->insert(fragmented_->end(), payload.begin() + 2, payload.end());
    if (end) {
      nals_.push_back(*std::move(fragmented_));
      fragmented_.reset();
    }
    return true;
  }

  std::vector<Bytes> nals_;
  std::optional<Bytes> fragmented_;
};

}  // namespace ingress::test
