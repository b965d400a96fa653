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
    "libgstvpx.so (good) for VP8; then start again";
inline constexpr std::string_view kVp8Remedy =
    "install GStreamer's plugin libgstvpx.so (good); then start again";

/// Why this host cannot encode video; empty: it can, or nobody could ask.
struct EncoderFinding {
  std::string h264;  // without it none is encoded
  std::string vp8;   // which ingresses ask for and rooms without H.264 take
};

/// Runs `ingress prepare`, which tries the encoders in a process of its own.
boost::asio::awaitable<EncoderFinding> LookForEncoders(boost::asio::any_io_executor executor,
                                                       std::vector<std::string> environment,
                                                       observability::Logger logger);

}  // namespace ingress::service
