#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace ingress::media {

/// Carries closed captions (CEA-608 and CEA-708 as cc_data of ATSC A/53) from decoded pictures to
/// encoded ones. Entries of pictures that are left out go with the next one that is encoded.
class CaptionQueue {
 public:
  static constexpr std::size_t kEntrySize = 3;    // marker, cc_valid and cc_type; two of data
  static constexpr std::size_t kMaxEntries = 31;  // that one picture can carry
  static constexpr std::size_t kMaxWaiting = 40 * kMaxEntries;

  /// What one decoded picture carries: whole entries, in presentation order. Padding is left out.
  void Add(ByteView cc_data) {
    for (; cc_data.size() >= kEntrySize; cc_data = cc_data.subspan(kEntrySize)) {
      const bool valid = (cc_data[0] & 0x04) != 0;
      if (!valid || waiting_.size() >= kMaxWaiting * kEntrySize) continue;
      waiting_.insert(waiting_.end(), cc_data.begin(), cc_data.begin() + kEntrySize);
    }
  }

  /// What the next encoded picture carries; empty for nothing.
  Bytes Take() {
    const std::size_t size = std::min(waiting_.size(), kMaxEntries * kEntrySize);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    Bytes taken;
    // CEA-608 pairs stand before CEA-708 packets (CTA-708 §4.4.1).
    for (const bool line21 : {true, false}) {
      for (auto at = waiting_.begin(); at != end; at += kEntrySize) {
        if (((*at & 0x02) == 0) == line21) taken.insert(taken.end(), at, at + kEntrySize);
      }
    }
    waiting_.erase(waiting_.begin(), end);
    return taken;
  }

 private:
  Bytes waiting_;
};

}  // namespace ingress::media
