#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace ingress::ipc {

/// Writes to a stream socket of the Unix domain without waiting, as many of `bytes` as it takes,
/// and `descriptor` with the first of them (SCM_RIGHTS, unix(7)). Returns how many; when none,
/// `error` says why.
std::size_t WriteWithDescriptor(int socket, ByteView bytes, int descriptor,
                                boost::system::error_code& error);

/// Reads from such a socket without waiting. The descriptor that came with these bytes, if any, is
/// appended to `descriptors`. Returns the number of bytes; when there are none, `error` says why.
std::size_t ReadWithDescriptor(int socket, std::span<std::uint8_t> buffer,
                               std::deque<UniqueFd>& descriptors, boost::system::error_code& error);

}  // namespace ingress::ipc
