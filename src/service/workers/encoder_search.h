#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "observability/logger.h"

namespace ingress::service {

inline constexpr std::string_view kEncoderRemedy =
    "install GStreamer's plugins: libgstx264.so (ugly) or libgstopenh264.so (bad), and "
    "libgstvpx.so "
    "(good) for VP8; then start again";

/// Runs `ingress prepare`, which also makes GStreamer's list of plugins. Why no video can be
/// encoded on this host; empty when it can, and where the process cannot be started.
boost::asio::awaitable<std::string> LookForEncoders(boost::asio::any_io_executor executor,
                                                    std::vector<std::string> environment,
                                                    observability::Logger logger);

}  // namespace ingress::service
