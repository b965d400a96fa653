#include "rtp_receive/stream_demuxer.h"

#include <algorithm>
#include <string_view>

namespace ingress::rtp_receive {
namespace {

bool IsMedia(const TrackConfig& track, std::uint8_t payload_type) {
  return std::ranges::any_of(track.formats, [payload_type](const PayloadFormat& format) {
    return format.payload_type == payload_type;
  });
}

bool IsRetransmission(const TrackConfig& track, std::uint8_t payload_type) {
  return std::ranges::any_of(track.formats, [payload_type](const PayloadFormat& format) {
    return format.rtx_payload_type == payload_type;
  });
}

bool Declares(const TrackConfig& track, std::uint32_t ssrc) {
  return std::ranges::any_of(track.ssrcs, [ssrc](const DeclaredSsrc& declared) {
    return declared.media == ssrc || declared.rtx == ssrc;
  });
}

template <typename Range, typename Predicate>
std::optional<std::size_t> IndexOf(const Range& range, Predicate predicate) {
  const auto found = std::ranges::find_if(range, predicate);
  if (found == range.end()) return std::nullopt;
  return static_cast<std::size_t>(found - range.begin());
}

/// Finds which layer the packet says it is of. A track without simulcast has one, whatever
/// identifiers its packets carry.
std::optional<std::size_t> LayerOf(const TrackConfig& track, const PacketExtensions& extensions,
                                   bool retransmission) {
  if (track.rids.empty()) return 0;
  const std::string_view rid = retransmission ? extensions.repaired_rid : extensions.rid;
  return IndexOf(track.rids, [rid](const std::string& one) { return one == rid; });
}

}  // namespace

std::optional<StreamId> StreamDemuxer::Identify(const ReceivedPacket& packet) {
  const auto known = std::ranges::find(known_, packet.header.ssrc, &Known::ssrc);
  if (known != known_.end()) {
    const TrackConfig& track = config_->tracks[known->id.track];
    const bool right = known->id.retransmission
                           ? IsRetransmission(track, packet.header.payload_type)
                           : IsMedia(track, packet.header.payload_type);
    return right ? std::optional(known->id) : std::nullopt;
  }
  const auto id = Find(packet);
  if (!id) return std::nullopt;
  if (known_.size() == kMaxSsrcs) known_.erase(known_.begin());
  known_.push_back({.ssrc = packet.header.ssrc, .id = *id});
  return id;
}

bool StreamDemuxer::AwaitsRid(const ReceivedPacket& packet) const {
  if (!packet.extensions.rid.empty()) return false;
  const auto index = TrackOf(packet);
  if (!index) return false;
  const TrackConfig& track = config_->tracks[*index];
  return !track.rids.empty() && IsMedia(track, packet.header.payload_type);
}

std::optional<StreamId> StreamDemuxer::Find(const ReceivedPacket& packet) const {
  const auto index = TrackOf(packet);
  if (!index) return std::nullopt;
  const TrackConfig& track = config_->tracks[*index];
  const bool retransmission = IsRetransmission(track, packet.header.payload_type);
  if (!retransmission && !IsMedia(track, packet.header.payload_type)) return std::nullopt;
  const auto layer = LayerOf(track, packet.extensions, retransmission);
  if (!layer) return std::nullopt;
  return StreamId{.track = *index, .layer = *layer, .retransmission = retransmission};
}

std::optional<std::size_t> StreamDemuxer::TrackOf(const ReceivedPacket& packet) const {
  const auto& tracks = config_->tracks;
  if (const std::string_view mid = packet.extensions.mid; !mid.empty()) {
    return IndexOf(tracks, [mid](const TrackConfig& track) { return track.mid == mid; });
  }
  const std::uint32_t ssrc = packet.header.ssrc;
  const auto declared =
      IndexOf(tracks, [ssrc](const TrackConfig& track) { return Declares(track, ssrc); });
  if (declared) return declared;
  const std::uint8_t type = packet.header.payload_type;
  const auto carries = [type](const TrackConfig& track) {
    return IsMedia(track, type) || IsRetransmission(track, type);
  };
  if (std::ranges::count_if(tracks, carries) != 1) return std::nullopt;
  return IndexOf(tracks, carries);
}

}  // namespace ingress::rtp_receive
