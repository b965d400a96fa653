#include "input/rtmp/rtmp_check.h"

namespace ingress::input {

std::vector<CheckLine> CheckRtmp(const boost::asio::any_io_executor& executor,
                                 const config::Config& config) {
  std::vector<CheckLine> lines = {CheckPort(executor, "rtmp_port", config.rtmp_port)};
  if (config.rtmps.port == 0) return lines;
  lines.push_back(CheckPort(executor, "rtmps_port", config.rtmps.port));
  lines.push_back(CheckCertificate(
      "rtmps certificate", {.certificate = config.rtmps.cert_file, .key = config.rtmps.key_file}));
  return lines;
}

}  // namespace ingress::input
