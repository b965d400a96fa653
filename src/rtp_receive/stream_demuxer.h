#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "rtp_receive/received_packet.h"
#include "rtp_receive/receiver_config.h"

namespace ingress::rtp_receive {

/// Names the stream of the description that a packet belongs to.
struct StreamId {
  std::size_t track = 0;        // index of ReceiverConfig::tracks
  std::size_t layer = 0;        // index of its rids; zero without simulcast
  bool retransmission = false;  // its payload is that of another packet, see RFC 4588

  bool operator==(const StreamId&) const = default;
};

/// Finds the stream of each packet (RFC 9143 §9.2): by its SSRC, where that is known, else by the
/// identifiers that the packet carries, by declared SSRCs and by payload type; and remembers the
/// SSRC. Sans-IO.
class StreamDemuxer {
 public:
  /// SSRCs that are remembered; the oldest gives way.
  static constexpr std::size_t kMaxSsrcs = 32;

  /// `config` must outlive it.
  explicit StreamDemuxer(const ReceiverConfig& config) : config_(&config) {}

  /// Empty: of no stream, or nobody can say yet of which.
  std::optional<StreamId> Identify(const ReceivedPacket& packet);

  /// Says whether a packet without a stream may get one, when another of its SSRC says which layer
  /// of simulcast it is of.
  bool AwaitsRid(const ReceivedPacket& packet) const;

 private:
  struct Known {
    std::uint32_t ssrc = 0;
    StreamId id{};
  };

  std::optional<StreamId> Find(const ReceivedPacket& packet) const;
  std::optional<std::size_t> TrackOf(const ReceivedPacket& packet) const;

  const ReceiverConfig* config_;
  std::vector<Known> known_;
};

}  // namespace ingress::rtp_receive
