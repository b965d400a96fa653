#include "input/guard/wrong_key_limit.h"

#include <algorithm>

namespace ingress::input {

bool WrongKeyLimit::Take(const std::string& address, std::size_t per_minute, TimePoint now) {
  if (per_minute == 0) return true;
  const auto most = static_cast<double>(per_minute);
  if (addresses_.size() >= kMaxAddresses && !addresses_.contains(address)) ForgetSome(most, now);
  Address& known =
      addresses_.try_emplace(address, Address{.left = most, .counted_at = now, .right_at = {}})
          .first->second;
  const std::chrono::duration<double, std::ratio<60>> minutes = now - known.counted_at;
  known.left = std::min(most, known.left + most * minutes.count());
  known.counted_at = now;
  if (known.right_at && now - *known.right_at < kTrusted) {
    known.left = std::max(0.0, known.left - 1);
    return true;
  }
  if (known.left < 1) return false;
  known.left -= 1;
  return true;
}

void WrongKeyLimit::Return(const std::string& address) {
  if (const auto found = addresses_.find(address); found != addresses_.end()) {
    found->second.left += 1;
  }
}

void WrongKeyLimit::OnRightKey(const std::string& address, TimePoint now) {
  Return(address);
  if (const auto found = addresses_.find(address); found != addresses_.end()) {
    found->second.right_at = now;
  }
}

/// Those that have nothing against them, or, when that is nobody, all who have shown no right key.
void WrongKeyLimit::ForgetSome(double per_minute, TimePoint now) {
  const auto trusted = [now](const Address& address) {
    return address.right_at && now - *address.right_at < kTrusted;
  };
  std::erase_if(addresses_, [&](const auto& entry) {
    const Address& address = entry.second;
    const bool clean =
        now - address.counted_at >= std::chrono::minutes(1) || address.left >= per_minute;
    return clean && !trusted(address);
  });
  if (addresses_.size() < kMaxAddresses) return;
  std::erase_if(addresses_, [&](const auto& entry) { return !trusted(entry.second); });
  if (addresses_.size() >= kMaxAddresses) addresses_.clear();
}

}  // namespace ingress::input
