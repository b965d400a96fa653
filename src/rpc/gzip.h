#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rpc {

/// Unpacks one gzip member (RFC 1952).
/// Errors: kMalformed for damaged, truncated or trailing bytes; kLimitExceeded when the result
/// would be larger than `limit`, found out before more than that is held.
Result<Bytes> Gunzip(ByteView packed, std::size_t limit);

}  // namespace ingress::rpc
