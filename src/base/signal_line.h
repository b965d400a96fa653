#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace ingress {

/// A line of bounded length, for signal handlers: nothing here allocates or locks. What does not
/// fit is left out.
class SignalLine {
 public:
  SignalLine& Add(std::string_view text) {
    const std::string_view fitting = text.substr(0, buffer_.size() - size_);
    std::ranges::copy(fitting, buffer_.data() + size_);
    size_ += fitting.size();
    return *this;
  }

  SignalLine& AddNumber(std::integral auto value, int base = 10) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
    return Add({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
  }

  std::string_view text() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 400> buffer_{};
  std::size_t size_ = 0;
};

}  // namespace ingress
