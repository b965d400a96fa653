#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdp/candidate.h"

namespace ingress::sdp {

// One number per codec and per extension for the whole connection: the SFU takes the numbers of the
// first section of a kind for all of them.
inline constexpr int kOpusPayloadType = 111;
inline constexpr int kVideoPayloadType = 96;
inline constexpr int kRtxPayloadType = 97;

inline constexpr int kMidExtension = 1;
inline constexpr int kRidExtension = 2;
inline constexpr int kRepairedRidExtension = 3;
inline constexpr int kAudioLevelExtension = 4;
inline constexpr int kTransportSeqExtension = 5;

inline constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
inline constexpr std::string_view kRidUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
inline constexpr std::string_view kRepairedRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
inline constexpr std::string_view kAudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
inline constexpr std::string_view kTransportSeqUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

inline constexpr std::string_view kConstrainedBaselineLevel31 = "42e01f";

enum class MediaKind { kAudio, kVideo };
enum class Direction { kSendOnly, kReceiveOnly, kSendReceive, kInactive };
std::string_view ToString(Direction direction);

struct IceCredentials {
  std::string ufrag{};     // 4 to 256 characters
  std::string password{};  // 22 to 256 characters
  friend bool operator==(const IceCredentials&, const IceCredentials&) = default;
};

struct Rtpmap {
  int payload_type = 0;
  std::string encoding{};               // "opus/48000/2"
  std::string fmtp{};                   // empty: no line
  std::vector<std::string> feedback{};  // "nack pli"
};

struct Extmap {
  int id = 0;  // 1 to 14
  std::string uri{};
};

/// One m= section of our offer. A section with RIDs lists no SSRC, one without must.
struct OfferSection {
  MediaKind kind = MediaKind::kAudio;
  std::string mid{};
  Direction direction = Direction::kSendOnly;
  std::string stream_id{};  // msid, first token
  std::string track_id{};   // msid, second token: AddTrackRequest.cid
  std::vector<Rtpmap> codecs{};
  std::vector<Extmap> extensions{};
  std::vector<std::string> rids{};          // simulcast, lowest layer first
  std::optional<std::uint32_t> ssrc{};      // without RIDs
  std::optional<std::uint32_t> rtx_ssrc{};  // paired with `ssrc` by FID
};

/// A complete offer; FormatOffer() writes it as text.
struct Offer {
  std::uint64_t session_id = 0;  // o= line; below 2^63
  std::uint32_t version = 1;
  std::string fingerprint{};  // "sha-256 6B:8B:…"
  std::string cname{};
  IceCredentials ice{};
  std::vector<Candidate> candidates{};  // written into the first section, where the SFU reads them
  std::vector<OfferSection> sections{};
};

/// CRLF line ends; sendonly or inactive sections, one BUNDLE group, a=setup:actpass, rtcp-mux.
std::string FormatOffer(const Offer& offer);

struct AudioOffer {
  std::string stream_id{};
  std::string track_id{};
  std::uint32_t ssrc = 0;
  bool stereo = true;
};

enum class OfferedVideoCodec { kH264, kVp8 };

struct VideoOffer {
  std::string stream_id{};
  std::string track_id{};
  OfferedVideoCodec codec = OfferedVideoCodec::kH264;
  std::string profile_level_id{kConstrainedBaselineLevel31};  // H.264 only
  std::vector<std::string> rids{};      // "q", "h", "f"; empty: one layer without RID
  std::optional<std::uint32_t> ssrc{};  // exactly when `rids` is empty
  bool rtx = false;
  std::optional<std::uint32_t> rtx_ssrc{};  // exactly when `rtx` and no RIDs
  bool transport_cc = false;
};

/// The successive offers of one peer connection that only publishes.
///
/// Texts it is given (ids, CNAME, RIDs) must be SDP tokens: neither spaces nor control characters.
/// Sections are only ever appended; a section that is done becomes inactive and keeps its mid. Each
/// Build() carries a higher o= version.
class OfferBuilder {
 public:
  OfferBuilder(std::uint64_t session_id, std::string fingerprint, std::string cname,
               IceCredentials ice);

  /// Adds a section and returns its mid ("0", "1", …).
  std::string AddAudio(const AudioOffer& audio);
  std::string AddVideo(const VideoOffer& video);
  /// An inactive audio section, so that a transport can be negotiated before there is a track.
  std::string AddPlaceholderSection();

  /// Unpublishes: the section stays as inactive. False for an unknown mid.
  bool Deactivate(std::string_view mid);

  /// New credentials make the next offer an ICE restart.
  void SetIceCredentials(IceCredentials ice) { offer_.ice = std::move(ice); }
  void SetCandidates(std::vector<Candidate> candidates) {
    offer_.candidates = std::move(candidates);
  }

  /// The offer that the next Build() writes.
  const Offer& offer() const { return offer_; }
  /// The next offer's text.
  std::string Build();

 private:
  std::string Append(OfferSection section);

  Offer offer_;
};

}  // namespace ingress::sdp
