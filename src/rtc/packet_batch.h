#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "rtc/ice_agent.h"
#include "rtp/session.h"
#include "srtp/outbound.h"

namespace ingress::rtc {

/// Where an RtpSession's packets are protected and wait for each other: those of one Poll() leave
/// together. Allocates nothing, but for words about what went wrong.
class PacketBatch final : public rtp::PacketSink {
 public:
  /// `ice` must outlive the batch.
  PacketBatch(srtp::Outbound srtp, IceAgent& ice) : srtp_(std::move(srtp)), ice_(ice) {}

  void SendRtp(ByteView packet) override;
  void SendRtcp(ByteView packet) override;
  void Flush() override;

  /// Packets that could not be protected. There are none unless something is wrong with us.
  struct Refused {
    std::uint64_t packets = 0;
    std::string why{};  // of the newest
  };
  const Refused& refused() const { return refused_; }

 private:
  static constexpr std::size_t kRoom = rtp::kMaxPacketSize + srtp::Outbound::kMaxOverhead;

  std::span<std::uint8_t> Free() { return std::span(memory_).subspan(used_); }
  void Add(const Result<std::size_t>& protected_size);

  srtp::Outbound srtp_;
  IceAgent& ice_;
  std::array<std::uint8_t, IceAgent::kMaxBatch * kRoom> memory_{};
  std::array<ByteView, IceAgent::kMaxBatch> waiting_{};
  std::size_t used_ = 0;
  std::size_t count_ = 0;
  Refused refused_;
};

}  // namespace ingress::rtc
