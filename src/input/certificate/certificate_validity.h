#pragma once

#include <string>

#include "base/clock.h"

namespace ingress::input {

/// When a certificate is valid.
struct CertificateValidity {
  WallClock::time_point from;
  WallClock::time_point until;

  bool Covers(WallClock::time_point now) const { return from <= now && now < until; }
};

/// "2027-01-31T12:00:00Z".
std::string DateOf(WallClock::time_point time);

/// What is wrong with a certificate now; empty when nothing is.
std::string WhyNotValid(const CertificateValidity& certificate, WallClock::time_point now);

/// Why a new certificate must not take the place of the one that is shown; empty: it takes it. One
/// that is valid never gives way to one that is not.
std::string WhyKeep(const CertificateValidity& shown, const CertificateValidity& fresh,
                    WallClock::time_point now);

}  // namespace ingress::input
