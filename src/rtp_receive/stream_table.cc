#include "rtp_receive/stream_table.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "base/big_endian.h"
#include "rtp_receive/audio_stream.h"
#include "rtp_receive/video_stream.h"

namespace ingress::rtp_receive {
namespace {

constexpr std::size_t kOsnSize = 2;  // RFC 4588 §4: the original sequence number

}  // namespace

StreamTable::StreamTable(const ReceiverConfig& config, TimePoint begin)
    : config_(&config), aligner_(begin), demuxer_(config) {
  for (const TrackConfig& track : config.tracks) {
    if (track.kind == TrackKind::kVideo && track.rids.size() > 1) {
      selector_.emplace(track.rids.size(), config.all_layers ? LayerSelector::Use::kReference
                                                             : LayerSelector::Use::kAlone);
    }
  }
}

bool StreamTable::OnPacket(const ReceivedPacket& packet, TimePoint arrival) {
  const auto id = demuxer_.Identify(packet);
  if (!id) {
    const bool waits = demuxer_.AwaitsRid(packet);
    if (waits) unidentified_.Keep(packet, arrival);
    return waits;
  }
  for (const auto& kept : unidentified_.Take(packet.header.ssrc, arrival)) {
    Take(*id, {.header = kept.header, .payload = kept.payload}, kept.arrival);
  }
  return Take(*id, packet, arrival);
}

bool StreamTable::Take(const StreamId& id, const ReceivedPacket& packet, TimePoint arrival) {
  if (id.retransmission) {
    OnRetransmission(id, packet, arrival);
    return true;
  }
  Slot* slot = Find(id);
  const bool replaces = slot != nullptr && slot->ssrc != packet.header.ssrc;
  if (replaces && arrival - slot->newest < kReplaced) return false;
  if (slot == nullptr || replaces) slot = &Make(id, packet, arrival);
  if (slot->payload_type != packet.header.payload_type) return false;
  slot->newest = std::max(slot->newest, arrival);
  slot->stream->packets().OnPacket(packet, arrival);
  return true;
}

StreamTable::Slot* StreamTable::Find(const StreamId& id) {
  const auto found = std::ranges::find_if(slots_, [&id](const Slot& slot) {
    return slot.id.track == id.track && slot.id.layer == id.layer;
  });
  return found == slots_.end() ? nullptr : &*found;
}

/// A stream begins, in place of the one before it.
StreamTable::Slot& StreamTable::Make(const StreamId& id, const ReceivedPacket& packet,
                                     TimePoint arrival) {
  auto stream = MakeStream(id, packet);
  const std::uint32_t ssrc = packet.header.ssrc;
  if (Slot* old = Find(id)) {
    Take(*old, arrival, of_replaced_);
    replaced_.Add(old->stream->stats());
    slots_.erase(slots_.begin() + (old - slots_.data()));
  }
  const auto report = std::ranges::find(early_reports_, ssrc, &rtp::SenderReport::ssrc);
  if (report != early_reports_.end()) {
    stream->clock().clock.OnReport(*report);
    early_reports_.erase(report);
  }
  return slots_.emplace_back(Slot{.id = id,
                                  .ssrc = ssrc,
                                  .payload_type = packet.header.payload_type,
                                  .newest = arrival,
                                  .stream = std::move(stream)});
}

std::unique_ptr<MediaStream> StreamTable::MakeStream(const StreamId& id,
                                                     const ReceivedPacket& packet) {
  const TrackConfig& track = config_->tracks[id.track];
  const PayloadFormat& format =
      *std::ranges::find(track.formats, packet.header.payload_type, &PayloadFormat::payload_type);
  const std::uint32_t ssrc = packet.header.ssrc;
  if (std::holds_alternative<AudioCodec>(format.codec)) {
    return std::make_unique<AudioStream>(ssrc, format, track.feedback.nack, aligner_);
  }
  return std::make_unique<VideoStream>(
      VideoStream::Options{.ssrc = ssrc,
                           .rid = track.rids.empty() ? std::string() : track.rids[id.layer],
                           .format = format,
                           .feedback = track.feedback},
      aligner_);
}

/// Turns the packet into the one that it repeats. One with nothing in it is padding, with which
/// senders probe the path.
void StreamTable::OnRetransmission(const StreamId& id, ReceivedPacket packet, TimePoint arrival) {
  Slot* slot = Find(id);
  if (slot == nullptr || packet.payload.size() <= kOsnSize) return;
  packet.header.sequence = LoadBigEndian<rtp::SequenceNumber>(packet.payload);
  packet.payload = packet.payload.subspan(kOsnSize);
  slot->stream->packets().OnRetransmission(packet, arrival);
}

void StreamTable::OnSenderReport(const rtp::SenderReport& report, TimePoint arrival) {
  const auto slot = std::ranges::find(slots_, report.ssrc, &Slot::ssrc);
  if (slot != slots_.end()) {
    slot->stream->packets().OnSenderReport(report.ntp, arrival);
    slot->stream->clock().clock.OnReport(report);
    return;
  }
  std::erase_if(early_reports_, [&](const auto& early) { return early.ssrc == report.ssrc; });
  if (early_reports_.size() == kMaxEarlyReports) early_reports_.erase(early_reports_.begin());
  early_reports_.push_back(report);
}

void StreamTable::TakeUnits(TimePoint now, stream::Units& units) {
  std::ranges::move(std::exchange(of_replaced_, {}), std::back_inserter(units));
  for (Slot& slot : slots_) {
    Take(slot, now, units);
  }
  const auto wanted = selector_ ? selector_->WantsKeyFrame(now) : std::nullopt;
  for (Slot& slot : slots_) {
    const bool asked =
        wanted && slot.stream->kind() == TrackKind::kVideo && slot.id.layer == *wanted;
    if (asked) slot.stream->WantKeyFrame();
  }
}

void StreamTable::Take(Slot& slot, TimePoint now, stream::Units& units) {
  if (selector_ && slot.stream->kind() == TrackKind::kVideo) return TakeLayer(slot, now, units);
  slot.stream->TakeUnits(now, units);
}

/// One layer of simulcast: of those that are not chosen nothing is told, or their frames alone.
void StreamTable::TakeLayer(Slot& slot, TimePoint now, stream::Units& units) {
  stream::Units of_layer;
  slot.stream->TakeUnits(now, of_layer);
  for (stream::Unit& unit : of_layer) {
    auto* video = std::get_if<stream::VideoUnit>(&unit);
    const bool is_frame = video != nullptr && video->kind == stream::VideoUnit::Kind::kFrame;
    const bool chosen = is_frame ? selector_->Passes(slot.id.layer, *video, now) : IsSelected(slot);
    if (video != nullptr && config_->all_layers) {
      video->layer = static_cast<std::uint8_t>(slot.id.layer);
      video->time_reference = chosen;
    } else if (!chosen) {
      continue;
    }
    units.push_back(std::move(unit));
  }
}

bool StreamTable::IsSelected(const Slot& slot) const {
  return !selector_ || !selector_->selected() || selector_->selected() == slot.id.layer;
}

TimePoint StreamTable::deadline() const {
  TimePoint earliest = of_replaced_.empty() ? TimePoint::max() : TimePoint::min();
  for (const Slot& slot : slots_) earliest = std::min(earliest, slot.stream->deadline());
  return earliest;
}

void StreamTable::WantKeyFrame(std::size_t layer) {
  for (Slot& slot : slots_) {
    const bool meant = config_->all_layers ? slot.id.layer == layer : IsSelected(slot);
    if (meant) slot.stream->WantKeyFrame();
  }
}

bool StreamTable::unresponsive() const {
  return std::ranges::any_of(slots_, [this](const Slot& slot) {
    return slot.stream->kind() == TrackKind::kVideo && IsSelected(slot) &&
           slot.stream->unresponsive();
  });
}

std::vector<StreamStats> StreamTable::stats() const {
  std::vector<StreamStats> stats;
  stats.reserve(slots_.size());
  for (const Slot& slot : slots_) stats.push_back(slot.stream->stats());
  return stats;
}

StreamTotals StreamTable::totals() const {
  StreamTotals totals = replaced_;
  for (const Slot& slot : slots_) totals.Add(slot.stream->stats());
  return totals;
}

}  // namespace ingress::rtp_receive
