#pragma once

#include "input/source/reception.h"
#include "rtp_receive/receiver.h"
#include "whip_transport/transport.h"

namespace ingress::whip_source {

/// What is known of one WHIP client, for people and metrics.
struct ClientStats {
  whip_transport::Transport::Stats transport{};
  rtp_receive::ReceiverStats receiver{};
};

/// The same in the words of every input.
input::Reception ReceptionOf(const ClientStats& stats);

/// The reception of two clients, one after the other: counts of both, the rest of the later one.
input::Reception Joined(const input::Reception& earlier, input::Reception later);

}  // namespace ingress::whip_source
