#include "whip_source/client_stats.h"

#include <algorithm>
#include <chrono>

namespace ingress::whip_source {
namespace {

using Path = input::Reception::Path;

Path PathOf(const whip_transport::Transport::Stats& transport) {
  if (transport.dtls_state != whip_transport::Transport::DtlsState::kConnected) return Path::kNone;
  const auto selected =
      std::ranges::find_if(transport.pairs, [](const auto& pair) { return pair.selected; });
  if (selected == transport.pairs.end()) return Path::kNone;
  return selected->tcp ? Path::kTcp : Path::kUdp;
}

}  // namespace

input::Reception ReceptionOf(const ClientStats& stats) {
  const rtp_receive::StreamTotals& totals = stats.receiver.totals;
  const rtp_receive::FeedbackStats& feedback = stats.receiver.feedback;
  input::Reception reception{.path = PathOf(stats.transport),
                             .packets = totals.packets,
                             .bytes = totals.bytes,
                             .lost = totals.lost,
                             .repaired = totals.repaired,
                             .nacks = feedback.nacks,
                             .key_frame_requests = feedback.picture_losses + feedback.full_intra,
                             .transport_feedback = feedback.transport_feedback,
                             .max_bitrates = feedback.max_bitrates,
                             .round_trip = stats.receiver.round_trip};
  for (const rtp_receive::StreamStats& stream : stats.receiver.streams) {
    reception.jitter = std::max(reception.jitter, stream.jitter);
    if (stream.repair_time > std::chrono::microseconds::zero()) {
      reception.repair_time =
          std::max(reception.repair_time.value_or(stream.repair_time), stream.repair_time);
    }
  }
  return reception;
}

input::Reception Joined(const input::Reception& earlier, input::Reception later) {
  later.packets += earlier.packets;
  later.bytes += earlier.bytes;
  later.lost += earlier.lost;
  later.repaired += earlier.repaired;
  later.nacks += earlier.nacks;
  later.key_frame_requests += earlier.key_frame_requests;
  later.transport_feedback += earlier.transport_feedback;
  later.max_bitrates += earlier.max_bitrates;
  return later;
}

}  // namespace ingress::whip_source
