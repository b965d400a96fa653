#pragma once

#include "rtp_receive/receiver_config.h"
#include "sdp/negotiation.h"

namespace ingress::whip_source {

/// Returns what of a negotiation the receiver goes by. The SSRC and the name that we report as are
/// random. `all_layers`: of simulcast; see rtp_receive::ReceiverConfig.
rtp_receive::ReceiverConfig ReceiverConfigOf(const sdp::Negotiation& negotiation,
                                             bool all_layers = false);

}  // namespace ingress::whip_source
