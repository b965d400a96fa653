#pragma once

#include "ingress_transcoder.pb.h"
#include "ipc/channel.h"

namespace ingress::transcoder {

using HandlerEnd = ipc::Channel<Answer, Order>;
using ProcessEnd = ipc::Channel<Order, Answer>;

/// A decoder that joins late is sent a whole kept GOP at once.
inline constexpr ipc::FrameSocket::Limits kChannelLimits{.outbox = std::size_t{48} << 20};

}  // namespace ingress::transcoder
