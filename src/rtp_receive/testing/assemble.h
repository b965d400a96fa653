#pragma once

#include <expected>
#include <initializer_list>

#include "base/bytes.h"
#include "base/result.h"
#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive::testing {

struct AssembledFrame {
  Bytes data{};
  FrameInfo info{};
};

/// The frame that a fresh `Payloads` depacketizer makes of the payloads, or the first error.
template <typename Payloads>
Result<AssembledFrame> AssembleBy(std::initializer_list<Bytes> payloads) {
  Payloads depacketizer;
  depacketizer.Begin();
  AssembledFrame frame;
  for (const Bytes& payload : payloads) {
    if (auto added = depacketizer.Add(payload, frame.data); !added) {
      return std::unexpected(added.error());
    }
  }
  auto info = depacketizer.Finish(frame.data);
  if (!info) return std::unexpected(info.error());
  frame.info = *info;
  return frame;
}

}  // namespace ingress::rtp_receive::testing
