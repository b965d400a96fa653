#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "rtp/rtcp.h"
#include "rtp_receive/layer_selector.h"
#include "rtp_receive/media_stream.h"
#include "rtp_receive/received_packet.h"
#include "rtp_receive/receiver_config.h"
#include "rtp_receive/stream_demuxer.h"
#include "rtp_receive/track_aligner.h"
#include "rtp_receive/unidentified_packets.h"
#include "stream/unit.h"

namespace ingress::rtp_receive {

/// The streams of a transport: finds the one that each packet is of, makes it when it begins, and
/// gathers what they give. Each layer of each track has one stream at a time. Sans-IO.
class StreamTable {
 public:
  /// Another SSRC takes a stream's place when nothing has come of it for so long: its sender has
  /// begun anew.
  static constexpr std::chrono::milliseconds kReplaced{500};
  /// Sender reports that are kept for streams whose packets have not come.
  static constexpr std::size_t kMaxEarlyReports = 8;

  /// `config` must outlive it.
  StreamTable(const ReceiverConfig& config, TimePoint begin);

  /// False when the packet is of no stream. One that may turn out to be of one waits for that.
  bool OnPacket(const ReceivedPacket& packet, TimePoint arrival);
  void OnSenderReport(const rtp::SenderReport& report, TimePoint arrival);

  /// Adds what is ready at `now`.
  void TakeUnits(TimePoint now, stream::Units& units);
  /// Says when one of the streams has something to give or to ask for.
  TimePoint deadline() const;

  /// Asks for a key frame of what the session gets: of this layer, where it gets all of them.
  void WantKeyFrame(std::size_t layer);
  /// The sender answers no requests for key frames of what the session gets.
  bool unresponsive() const;

  /// Calls `visit` with each stream, its SSRC and the track it is of.
  template <typename Visit>
  void ForEach(const Visit& visit) {
    for (Slot& slot : slots_) visit(*slot.stream, slot.ssrc, config_->tracks[slot.id.track]);
  }
  std::vector<StreamStats> stats() const;
  StreamTotals totals() const;

 private:
  struct Slot {
    StreamId id{};
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    TimePoint newest{};  // arrival
    std::unique_ptr<MediaStream> stream;
  };

  bool Take(const StreamId& id, const ReceivedPacket& packet, TimePoint arrival);
  Slot* Find(const StreamId& id);
  Slot& Make(const StreamId& id, const ReceivedPacket& packet, TimePoint arrival);
  std::unique_ptr<MediaStream> MakeStream(const StreamId& id, const ReceivedPacket& packet);
  void OnRetransmission(const StreamId& id, ReceivedPacket packet, TimePoint arrival);
  void Take(Slot& slot, TimePoint now, stream::Units& units);
  void TakeLayer(Slot& slot, TimePoint now, stream::Units& units);
  bool IsSelected(const Slot& slot) const;

  const ReceiverConfig* config_;
  TrackAligner aligner_;
  StreamDemuxer demuxer_;
  std::vector<Slot> slots_;
  UnidentifiedPackets unidentified_;
  std::optional<LayerSelector> selector_;  // of simulcast
  std::vector<rtp::SenderReport> early_reports_;
  stream::Units of_replaced_;  // what a stream had ready when another took its place
  StreamTotals replaced_;      // what those have counted
};

}  // namespace ingress::rtp_receive
