#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "stream/track_kind.h"

namespace ingress::rtp_receive {

/// One payload type that offer and answer agree on, and how its payload is read.
struct PayloadFormat {
  std::uint8_t payload_type = 0;
  std::variant<VideoCodec, AudioCodec> codec = VideoCodec::kH264;
  std::uint32_t clock_rate = 90'000;  // RTP timestamp units per second
  int channels = 0;                   // of PCM; the other codecs' packets say it themselves
  std::optional<std::uint8_t> rtx_payload_type{};  // RFC 4588: the one whose `apt` is this one
  /// H.264 and HEVC: what the description says out of band (`sprop-parameter-sets` and the like),
  /// as NAL units. Senders that repeat them in the stream win.
  std::vector<Bytes> parameter_sets{};
};

/// The feedback that the sender of a track has said it understands (RFC 4585 §4.2).
struct FeedbackFormats {
  bool nack = false;
  bool pli = false;
  bool fir = false;
  bool transport_cc = false;
  bool remb = false;
};

/// The SSRC of a track's packets, where the description declares it, and that of their
/// retransmissions (RFC 5576 §4.2, FID).
struct DeclaredSsrc {
  std::uint32_t media = 0;
  std::optional<std::uint32_t> rtx{};
};

/// One section of the description.
struct TrackConfig {
  TrackKind kind = TrackKind::kVideo;
  std::string mid{};                     // empty: the description has none
  std::vector<PayloadFormat> formats{};  // at least one
  FeedbackFormats feedback{};
  std::vector<DeclaredSsrc> ssrcs{};
  std::vector<std::string> rids{};  // simulcast (RFC 8853), in the description's order
};

/// The ids of RTP header extensions (RFC 8285), 1 to 255; zero: not in the description.
struct ReceivedExtensionIds {
  std::uint8_t mid = 0;           // RFC 9143 §15
  std::uint8_t rid = 0;           // RFC 8852 §3.1
  std::uint8_t repaired_rid = 0;  // RFC 8852 §3.2
  std::uint8_t transport_seq = 0;
};

/// Describes what is to be received: what offer and answer agree on.
struct ReceiverConfig {
  std::vector<TrackConfig> tracks{};  // one of a kind at most
  ReceivedExtensionIds extensions{};
  bool reduced_size_rtcp = false;  // feedback may leave without a report before it (RFC 5506)
  bool reference_times = false;    // the sender answers them (RFC 3611 §4.4, rcvr-rtt)
  std::uint32_t local_ssrc = 1;    // of what we report as; differs from all that is received
  std::string cname{};             // at most 255 bytes
  /// Every layer of simulcast goes on, as VideoUnit::layer; else the largest that comes.
  bool all_layers = false;
  /// It is allowed to a sender that asks for it (REMB), in bits per second; zero: nothing is said.
  std::uint64_t max_bitrate = 0;
};

}  // namespace ingress::rtp_receive
