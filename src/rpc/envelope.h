#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "psrpc_internal.pb.h"

namespace ingress::rpc {

/// The largest envelope we take, packed or unpacked. psrpc has no limit of its own; the largest
/// message we know of is an IngressInfo of a few KiB.
inline constexpr std::size_t kMaxEnvelopeBytes = 4 << 20;

/// Wraps `message` into an internal.Msg, ready to publish. T: internal.Request, Response,
/// ClaimRequest or ClaimResponse.
template <typename T>
Bytes Pack(const T& message);

/// The message that a payload carries.
///
/// The type is checked by name: a peer that puts another message on our channel gets an error
/// here, not a message read under wrong field numbers.
/// Errors: kMalformed for bytes that do not parse and for another type, kLimitExceeded above
/// kMaxEnvelopeBytes, kUnsupported for a compression other than gzip.
template <typename T>
Result<T> Unpack(ByteView payload);

}  // namespace ingress::rpc
