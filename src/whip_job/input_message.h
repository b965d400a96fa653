#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ingress_ipc.pb.h"
#include "ingress_whip.pb.h"

namespace ingress::whip_job {

// WHIP's orders and events as the messages of any input carry them. The number of the encoder is
// WHIP's generation.

/// The body of an order; whoever sends it knows the encoder's number.
std::string OrderBody(const ipc::WhipOrder& order);

/// Errors: kMalformed.
Result<ipc::WhipOrder> OrderOf(const ipc::InputOrder& message);

ipc::InputEvent ToMessage(const ipc::WhipEvent& event);

/// Errors: kMalformed.
Result<ipc::WhipEvent> EventOf(const ipc::InputEvent& message);

}  // namespace ingress::whip_job
