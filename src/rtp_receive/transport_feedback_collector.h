#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "rtp/rtcp.h"
#include "rtp_receive/unwrapper.h"

namespace ingress::rtp_receive {

/// Collects when the packets of a transport arrive, and tells their sender
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01), which steers its bitrate by it.
///
/// Every kInterval, or after kHasty when there are kMany. One that comes late, after it was told to
/// be missing, is told again with all that came behind it. Sans-IO.
class TransportFeedbackCollector {
 public:
  static constexpr std::chrono::milliseconds kInterval{100};
  static constexpr std::chrono::milliseconds kHasty{50};
  static constexpr std::size_t kMany = 64;
  /// We remember so much for packets that come late.
  static constexpr std::chrono::milliseconds kHistory{500};
  /// Packets of one feedback: it stays below a datagram of 1200 bytes.
  static constexpr std::int64_t kMax = 400;
  /// A gap of more is a counter that began anew.
  static constexpr std::int64_t kMaxGap = 1'000;

  explicit TransportFeedbackCollector(TimePoint begin) : begin_(begin) {}

  void OnPacket(std::uint16_t sequence, TimePoint arrival);

  /// Returns what is to be told at `now`, without SSRCs.
  std::vector<rtp::TransportFeedback> Take(TimePoint now);
  /// Says when Take() gives something; max() while there is nothing to tell.
  TimePoint deadline() const;

 private:
  rtp::TransportFeedback TakeOne();
  void Forget(TimePoint arrival);

  TimePoint begin_;
  Unwrapper<std::uint16_t> unwrapper_;
  std::map<std::int64_t, TimePoint> arrivals_;
  std::optional<std::int64_t> next_;  // the first that is to be told
  std::size_t untold_ = 0;
  TimePoint told_at_{};
  std::uint8_t count_ = 0;
};

}  // namespace ingress::rtp_receive
