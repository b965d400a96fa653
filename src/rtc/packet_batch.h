#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "rtc/ice_agent.h"
#include "rtc/srtp_outbound.h"
#include "rtp/session.h"

namespace ingress::rtc {

/// Where an RtpSession's packets are protected and wait for each other: those of one Poll() leave
/// together. Allocates nothing.
class PacketBatch final : public rtp::PacketSink {
 public:
  /// `ice` must outlive the batch.
  PacketBatch(SrtpOutbound srtp, IceAgent& ice) : srtp_(std::move(srtp)), ice_(ice) {}

  void SendRtp(ByteView packet) override;
  void SendRtcp(ByteView packet) override;
  void Flush() override;

 private:
  static constexpr std::size_t kRoom = rtp::kMaxPacketSize + SrtpOutbound::kMaxOverhead;

  std::span<std::uint8_t> Free() { return std::span(memory_).subspan(used_); }
  void Add(const Result<std::size_t>& protected_size);

  SrtpOutbound srtp_;
  IceAgent& ice_;
  std::array<std::uint8_t, IceAgent::kMaxBatch * kRoom> memory_{};
  std::array<ByteView, IceAgent::kMaxBatch> waiting_{};
  std::size_t used_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ingress::rtc
