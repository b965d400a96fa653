#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace ingress::pipeline {

/// Checks whether an encoder's Opus can be forwarded unchanged: one stream of at most the channels
/// asked for, in packets that every receiver takes (RFC 7587 §4.2 and §6.1).
class OpusEligibility {
 public:
  /// `channels`: asked for, 1 or 2.
  explicit OpusEligibility(int channels) : channels_(channels) {}

  /// Starts a new stream. `header`: OpusHead (RFC 7845 §5.1), or empty where the encoder sends
  /// none.
  void SetHeader(ByteView header);

  /// Why the stream is ineligible, in words; empty: it is eligible. What one packet has shown holds
  /// until the next header.
  const std::optional<std::string>& Check(ByteView packet);

 private:
  int channels_;
  std::optional<std::string> ineligible_;
};

}  // namespace ingress::pipeline
