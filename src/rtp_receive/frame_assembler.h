#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "rtp_receive/depacketizer.h"
#include "rtp_receive/packet_sequencer.h"

namespace ingress::rtp_receive {

/// Holds what came of one frame.
struct ReceivedFrame {
  Bytes data{};  // empty where it is not whole
  std::uint32_t timestamp = 0;
  TimePoint arrival{};  // of its first packet
  FrameInfo info{};     // of one that is not whole: as far as it came
  bool whole = true;
  /// The loss lies within this frame: none before or behind it lacks anything by that.
  bool loss_within = true;
  /// Packets between the frame before it and this one were lost.
  bool after_gap = false;
  std::optional<Error> problem{};  // why it is not whole, where that is no loss
};

/// Makes frames of packets that come in order: those with one timestamp are one, up to the marker.
///
/// A sender that sets no marker has its frames end where the next begins; one whose packet with the
/// marker was lost leaves a frame that is not whole. Sans-IO.
class FrameAssembler final : public OrderedPacketSink {
 public:
  explicit FrameAssembler(std::unique_ptr<Depacketizer> depacketizer)
      : depacketizer_(std::move(depacketizer)) {}

  void OnOrdered(const OrderedPacket& packet) override;

  /// The frames that have ended since the last call, in their order.
  std::vector<ReceivedFrame> Take() { return std::exchange(done_, {}); }

 private:
  void OnGap(const OrderedPacket& packet);
  void Open(const OrderedPacket& packet);
  void Add(ByteView payload);
  void Spoil(std::optional<Error> problem);
  void Close();

  std::unique_ptr<Depacketizer> depacketizer_;
  bool open_ = false;
  bool gap_ = true;  // packets since the last frame were lost; nobody knows what came before us
  ReceivedFrame frame_;
  std::size_t usual_size_ = 0;  // of a frame, to have room for the next
  std::vector<ReceivedFrame> done_;
};

}  // namespace ingress::rtp_receive
