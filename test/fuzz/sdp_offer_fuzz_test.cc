#include "base/bytes.h"
#include "sdp/answer.h"
#include "sdp/negotiate.h"
#include "sdp/negotiated_answer.h"
#include "sdp/remote_offer.h"

// Whatever is answered to an offer is an answer that a parser takes, with as many sections, none of
// which holds a line of the offerer's making.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const auto offer = sdp::ParseRemoteOffer(AsText({data, size}));
  if (!offer) {
    if (offer.error().context.empty()) __builtin_trap();
    return 0;
  }
  const auto negotiation = sdp::Negotiate(
      *offer, {.video = {VideoCodec::kH264, VideoCodec::kVp8, VideoCodec::kVp9, VideoCodec::kAv1,
                         VideoCodec::kHevc},
               .local_ice = {.ufrag = "ours", .password = "our-password-of-24-chars"}});
  if (!negotiation) {
    if (negotiation.error().context.empty()) __builtin_trap();
    return 0;
  }
  if (!negotiation->audio && !negotiation->video) __builtin_trap();
  const std::string text =
      sdp::FormatAnswer(*offer, *negotiation, {.fingerprint = "sha-256 AA:BB", .session_id = 1});
  const auto answer = sdp::ParseAnswer(text);
  if (!answer || answer->sections.size() != offer->sections.size()) __builtin_trap();
  for (const sdp::AnswerSection& section : answer->sections) {
    const bool received = section.direction == sdp::Direction::kReceiveOnly;
    if (received == section.rejected()) __builtin_trap();
    if (received && section.ice->ufrag != "ours") __builtin_trap();
  }
  return 0;
}
