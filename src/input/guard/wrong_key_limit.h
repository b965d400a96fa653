#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace ingress::input {

/// Says which addresses try stream keys out: so many wrong ones in a minute, and keys of that
/// address are no longer looked up, as they come, but a few each second. An address that has shown
/// a right key within the last hour is never held back: many encoders may share it, behind a
/// balancer or a router, and one that is set up wrong must not shut out the others. Sans-IO.
class WrongKeyLimit {
 public:
  static constexpr std::chrono::hours kTrusted{1};
  static constexpr std::size_t kMaxAddresses = 10'000;  // remembered

  /// Whether a key from `address` may be looked up now. It counts as wrong until Return().
  /// `per_minute`: 0 is no limit.
  bool Take(const std::string& address, std::size_t per_minute, TimePoint now);

  /// The key that was taken was not found wrong.
  void Return(const std::string& address);

  /// It was found right.
  void OnRightKey(const std::string& address, TimePoint now);

  std::size_t addresses() const { return addresses_.size(); }

 private:
  struct Address {
    double left = 0;  // wrong keys that are still looked up
    TimePoint counted_at;
    std::optional<TimePoint> right_at;
  };

  void ForgetSome(double per_minute, TimePoint now);

  std::map<std::string, Address> addresses_;
};

}  // namespace ingress::input
