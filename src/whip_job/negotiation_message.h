#pragma once

#include "base/result.h"
#include "ingress_whip.pb.h"
#include "sdp/negotiation.h"

namespace ingress::whip_job {

/// What was negotiated, as service and handler tell it each other.
ipc::WhipNegotiation ToMessage(const sdp::Negotiation& negotiation);

/// Errors: kMalformed for what ToMessage() never makes.
Result<sdp::Negotiation> FromMessage(const ipc::WhipNegotiation& message);

}  // namespace ingress::whip_job
