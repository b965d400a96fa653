#include "input/certificate/certificate_validity.h"

#include <array>
#include <ctime>

namespace ingress::input {

std::string DateOf(WallClock::time_point time) {
  const std::time_t seconds = WallClock::to_time_t(time);
  std::tm utc{};
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  return text.data();
}

std::string WhyNotValid(const CertificateValidity& certificate, WallClock::time_point now) {
  if (certificate.until <= now) return "out of date since " + DateOf(certificate.until);
  if (certificate.from > now) return "not valid before " + DateOf(certificate.from);
  return {};
}

std::string WhyKeep(const CertificateValidity& shown, const CertificateValidity& fresh,
                    WallClock::time_point now) {
  return shown.Covers(now) ? WhyNotValid(fresh, now) : std::string();
}

}  // namespace ingress::input
