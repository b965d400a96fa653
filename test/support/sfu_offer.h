#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdp/answer.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"

namespace ingress::test {

/// What a fake SFU needs to know of an offer. Read by a scanner of its own, so that a mistake of
/// our SDP writer is not undone by our parser.
struct SfuOffer {
  struct Section {
    std::string kind;  // "audio"
    std::string mid;
    std::string payload_types;  // as on the m= line: "96 97"
    std::string track_id;       // second token of the msid
    bool inactive = false;
    std::vector<std::string> rids;
    std::vector<std::string> ssrcs;        // a=ssrc:<n> cname
    std::vector<std::string> codec_lines;  // rtpmap, fmtp, rtcp-fb and extmap, to be echoed
  };

  sdp::IceCredentials ice;
  sdp::Fingerprint fingerprint;
  std::vector<sdp::Candidate> candidates;
  std::vector<Section> sections;
};

SfuOffer ReadOffer(std::string_view text);

/// The answer that takes everything: recvonly, setup:active, the offer's payload types, no
/// candidates. `fingerprint`: hex pairs with colons.
std::string WriteAnswer(const SfuOffer& offer, const sdp::IceCredentials& ice,
                        const std::string& fingerprint);

}  // namespace ingress::test
