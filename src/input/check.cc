#include "input/check.h"

#include "base/clock.h"
#include "net/listen.h"
#include "net/no_port.h"

namespace ingress::input {

CheckLine CheckPort(const boost::asio::any_io_executor& executor, std::string_view key,
                    std::uint16_t port, Reach reach) {
  const auto acceptor = reach == Reach::kLoopback ? net::ListenOn(executor, "127.0.0.1", port)
                                                  : net::ListenOnAll(executor, port);
  return {.good = acceptor.has_value(),
          .what = std::string(key),
          .text = acceptor ? std::to_string(port) + " is free"
                           : net::NoPort(key, port, acceptor.error()).context};
}

CheckLine CheckCertificate(std::string_view what, const PortCertificate::Files& files) {
  CheckLine line{.good = false, .what = std::string(what), .text = {}};
  const auto server = PortCertificate::ReadFiles(files);
  if (!server) {
    line.text = server.error().context;
    return line;
  }
  const CertificateValidity validity = ValidityOf(**server);
  line.text = WhyNotValid(validity, WallClock::now());
  line.good = line.text.empty();
  if (line.good) line.text = "valid until " + DateOf(validity.until);
  return line;
}

}  // namespace ingress::input
