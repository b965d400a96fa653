#include "sdp/negotiated_answer.h"

#include <string_view>
#include <utility>
#include <variant>

#include "base/ascii.h"
#include "sdp/line_writer.h"
#include "sdp/negotiate.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

// We want of a browser's Opus: stereo where the source is (it is mono without being asked),
// and redundancy against loss, which viewers' jitter buffers use.
constexpr std::string_view kOpusFmtp = "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1";

/// The parameters of a video codec, which both sides have to mean alike. What the offer says of the
/// stream itself (sprop-…) is not ours to repeat.
std::string AnswerFmtp(std::string_view offered) {
  std::string answered;
  while (!offered.empty()) {
    std::string_view parameter = TakeUntil(offered, ';');
    while (parameter.starts_with(' ')) parameter.remove_prefix(1);
    if (parameter.empty() || ToLower(parameter).starts_with("sprop-")) continue;
    if (!answered.empty()) answered += ';';
    answered += parameter;
  }
  return answered;
}

/// The lines of one accepted section.
class SectionWriter {
 public:
  SectionWriter(LineWriter& out, const MediaSection& offered, const Negotiation& negotiation)
      : out_(out),
        offered_(offered),
        negotiation_(negotiation),
        track_(offered.kind == "video" ? *negotiation.video : *negotiation.audio) {}

  void Write(const AnswerTransport& transport) {
    const int payload_type = track_.payload_type;
    std::string formats = std::to_string(payload_type);
    if (track_.rtx_payload_type) formats += ' ' + std::to_string(*track_.rtx_payload_type);
    out_.Line("m=", offered_.kind, " 9 ", offered_.protocol, " ", formats);
    out_.Line("c=IN IP4 0.0.0.0");
    WriteTransport(transport);
    if (!offered_.mid.empty()) out_.Line("a=mid:", offered_.mid);
    WriteExtensions();
    out_.Line("a=recvonly");
    out_.Line("a=rtcp-mux");
    out_.Line("a=rtcp-mux-only");
    const bool reduced_size = negotiation_.reduced_size_rtcp && offered_.rtcp_reduced_size;
    if (reduced_size) out_.Line("a=rtcp-rsize");
    WriteCodec();
    if (track_.rids.empty()) return;
    for (const std::string& rid : track_.rids) out_.Line("a=rid:", rid, " recv");
    out_.Line("a=simulcast:recv ", Join(track_.rids, ";"));
  }

 private:
  void WriteTransport(const AnswerTransport& transport) {
    out_.Line("a=ice-ufrag:", negotiation_.local_ice.ufrag);
    out_.Line("a=ice-pwd:", negotiation_.local_ice.password);
    out_.Line("a=fingerprint:", transport.fingerprint);
    out_.Line("a=setup:", negotiation_.dtls_role == DtlsRole::kClient ? "active" : "passive");
  }

  /// Under the offer's ids: some senders write them whatever is answered.
  void WriteExtensions() {
    const HeaderExtensionIds& ids = negotiation_.extensions;
    const auto write = [this](std::uint8_t id) {
      if (id == 0) return;
      for (const Extmap& extension : offered_.extensions) {
        if (extension.id == id) return out_.Line("a=extmap:", extension.id, " ", extension.uri);
      }
    };
    for (const std::uint8_t id :
         {ids.mid, ids.rid, ids.repaired_rid, ids.audio_level, ids.transport_sequence,
          ids.abs_send_time, ids.abs_capture_time}) {
      write(id);
    }
  }

  void WriteCodec() {
    const int payload_type = track_.payload_type;
    const auto* video = std::get_if<VideoCodec>(&track_.codec);
    out_.Line("a=rtpmap:", payload_type, " ", offered_.codec(payload_type)->encoding);
    const std::string fmtp = video == nullptr ? std::string(kOpusFmtp) : AnswerFmtp(track_.fmtp);
    if (!fmtp.empty()) out_.Line("a=fmtp:", payload_type, " ", fmtp);
    const RtcpFeedback& feedback = track_.feedback;
    const auto write = [&](bool agreed, std::string_view name) {
      if (agreed) out_.Line("a=rtcp-fb:", payload_type, " ", name);
    };
    write(feedback.nack, "nack");
    write(feedback.pli, "nack pli");
    write(feedback.fir, "ccm fir");
    write(feedback.transport_cc, "transport-cc");
    write(feedback.remb, "goog-remb");
    if (!track_.rtx_payload_type) return;
    const int rtx = *track_.rtx_payload_type;
    out_.Line("a=rtpmap:", rtx, " rtx/", track_.clock_rate);
    out_.Line("a=fmtp:", rtx, " apt=", payload_type);
  }

  LineWriter& out_;
  const MediaSection& offered_;
  const Negotiation& negotiation_;
  const NegotiatedTrack& track_;
};

/// RFC 3264 §6: the format list of a refused section means nothing and must not be empty.
void WriteRefused(LineWriter& out, const MediaSection& offered) {
  out.Line("m=", offered.kind, " 0 ", offered.protocol, " ",
           offered.first_format.empty() ? "0" : std::string_view(offered.first_format));
  out.Line("c=IN IP4 0.0.0.0");
  if (!offered.mid.empty()) out.Line("a=mid:", offered.mid);
  out.Line("a=inactive");
}

}  // namespace

std::string FormatAnswer(const Description& offer, const Negotiation& negotiation,
                         const AnswerTransport& transport) {
  LineWriter out;
  out.Line("v=0");
  out.Line("o=- ", transport.session_id, " 1 IN IP4 127.0.0.1");
  out.Line("s=-");
  out.Line("t=0 0");
  std::string mids;
  for (const MediaSection& section : offer.sections) {
    if (IsTrack(section) && !section.mid.empty()) mids += ' ' + section.mid;
  }
  if (!mids.empty() && !offer.bundle.empty()) out.Line("a=group:BUNDLE", mids);
  out.Line("a=ice-lite");
  if (offer.ice2 || offer.trickle) {
    out.Line("a=ice-options:", offer.ice2 ? "ice2" : "", offer.ice2 && offer.trickle ? " " : "",
             offer.trickle ? "trickle" : "");
  }
  if (offer.extmap_allow_mixed) out.Line("a=extmap-allow-mixed");
  bool first = true;
  for (const MediaSection& section : offer.sections) {
    if (!IsTrack(section)) {
      WriteRefused(out, section);
      continue;
    }
    SectionWriter(out, section, negotiation).Write(transport);
    if (!std::exchange(first, false)) continue;
    for (const Candidate& candidate : transport.candidates) {
      out.Line("a=", FormatCandidate(candidate));
    }
    out.Line("a=end-of-candidates");
  }
  return out.Take();
}

}  // namespace ingress::sdp
