#include "input/rtmp/rtmp_check.h"

#include <string>

#include "base/clock.h"
#include "input/rtmp/certificate_validity.h"
#include "input/rtmp/rtmps_certificate.h"

namespace ingress::input {
namespace {

CheckLine CheckCertificate(const config::Rtmps& rtmps) {
  CheckLine line{.good = false, .what = "rtmps certificate", .text = {}};
  const auto server =
      RtmpsCertificate::ReadFiles({.certificate = rtmps.cert_file, .key = rtmps.key_file});
  if (!server) {
    line.text = server.error().context;
    return line;
  }
  const CertificateValidity validity{.from = (*server)->not_before(),
                                     .until = (*server)->not_after()};
  line.text = WhyNotValid(validity, WallClock::now());
  line.good = line.text.empty();
  if (line.good) line.text = "valid until " + DateOf(validity.until);
  return line;
}

}  // namespace

std::vector<CheckLine> CheckRtmp(const boost::asio::any_io_executor& executor,
                                 const config::Config& config) {
  std::vector<CheckLine> lines = {CheckPort(executor, "rtmp_port", config.rtmp_port)};
  if (config.rtmps.port == 0) return lines;
  lines.push_back(CheckPort(executor, "rtmps_port", config.rtmps.port));
  lines.push_back(CheckCertificate(config.rtmps));
  return lines;
}

}  // namespace ingress::input
