#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

namespace ingress::rtp_receive {

/// Extends numbers that wrap (RTP timestamps, sequence numbers of a transport) to 64 bits: each is
/// the one that lies nearest to the number before it.
template <typename T>
class Unwrapper {
  static_assert(std::is_unsigned_v<T> && sizeof(T) < sizeof(std::int64_t));

 public:
  std::int64_t Unwrap(T value) {
    if (last_) {
      const auto step = static_cast<std::make_signed_t<T>>(static_cast<T>(value - Low()));
      last_ = *last_ + step;
    } else {
      last_ = kFirst + value;
    }
    return *last_;
  }

 private:
  /// Numbers that precede the first one are not negative.
  static constexpr std::int64_t kFirst = std::int64_t{std::numeric_limits<T>::max()} + 1;

  T Low() const { return static_cast<T>(*last_); }

  std::optional<std::int64_t> last_;
};

}  // namespace ingress::rtp_receive
