#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/encoded_frame.h"
#include "sdp/fingerprint.h"
#include "sdp/offer.h"

namespace ingress::sdp {

/// The feedback that a track's sender understands: what it has offered and we have answered.
struct RtcpFeedback {
  bool nack = false;          // RFC 4585 §6.2.1
  bool pli = false;           // RFC 4585 §6.3.1
  bool fir = false;           // RFC 5104 §4.3.1
  bool transport_cc = false;  // draft-holmer-rmcat-transport-wide-cc-extensions-01
  bool remb = false;          // draft-alvestrand-rmcat-remb-03
  friend bool operator==(const RtcpFeedback&, const RtcpFeedback&) = default;
};

/// An SSRC that the offer declares, with that of its retransmissions (FID, RFC 5576 §4.2).
struct DeclaredSsrc {
  std::uint32_t media = 0;
  std::optional<std::uint32_t> rtx{};
  friend bool operator==(const DeclaredSsrc&, const DeclaredSsrc&) = default;
};

/// One track that the peer sends. It has one codec: a sender that knows only one cannot change it.
struct NegotiatedTrack {
  std::string mid{};  // empty: the offer has none
  std::variant<AudioCodec, VideoCodec> codec = AudioCodec::kOpus;
  std::uint8_t payload_type = 0;
  std::optional<std::uint8_t> rtx_payload_type{};
  std::uint32_t clock_rate = 0;  // of RTP timestamps, in Hz
  int channels = 0;              // of audio, as rtpmap says: 2 for Opus whatever it carries
  std::string fmtp{};            // what the peer says of what it sends; see FmtpParameter()
  RtcpFeedback feedback{};
  std::vector<DeclaredSsrc> ssrcs{};  // often none: they are told apart by MID, RID or payload type
  std::vector<std::string> rids{};    // of simulcast, in the offer's order; empty: one layer
  friend bool operator==(const NegotiatedTrack&, const NegotiatedTrack&) = default;
};

/// Ids of header extensions (RFC 8285), 1 to 255, the same in all sections; zero: not agreed on.
/// Peers send some that were not agreed on, also with two-byte headers.
struct HeaderExtensionIds {
  std::uint8_t mid = 0;
  std::uint8_t rid = 0;
  std::uint8_t repaired_rid = 0;
  std::uint8_t audio_level = 0;
  std::uint8_t transport_sequence = 0;
  std::uint8_t abs_send_time = 0;
  std::uint8_t abs_capture_time = 0;
  friend bool operator==(const HeaderExtensionIds&, const HeaderExtensionIds&) = default;
};

enum class DtlsRole : std::uint8_t {
  kServer,  // a=setup:passive: we wait for the peer's ClientHello
  kClient,  // a=setup:active: we send it, over a pair that the peer has checked
};

/// Holds what an offer and our answer to it agree on, for one bundled transport on which we only
/// receive.
struct Negotiation {
  std::optional<NegotiatedTrack> audio{};  // one of the two at least
  std::optional<NegotiatedTrack> video{};
  HeaderExtensionIds extensions{};
  bool reduced_size_rtcp = false;  // RFC 5506; else each RTCP packet begins with a report
  IceCredentials local_ice{};
  IceCredentials remote_ice{};
  Fingerprint remote_fingerprint{};
  DtlsRole dtls_role = DtlsRole::kServer;
  friend bool operator==(const Negotiation&, const Negotiation&) = default;
};

/// The value of `name` in "name=value;name=value"; names are compared without regard to case.
std::optional<std::string_view> FmtpParameter(std::string_view fmtp, std::string_view name);

}  // namespace ingress::sdp
