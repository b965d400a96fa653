#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <vector>

#include "config/config.h"
#include "input/check.h"

namespace ingress::input {

/// Looks at the ports of RTMP and RTMPS and at the certificate.
std::vector<CheckLine> CheckRtmp(const boost::asio::any_io_executor& executor,
                                 const config::Config& config);

}  // namespace ingress::input
