#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ingress::crypto {

/// Overwrites memory before it is given back.
template <typename T>
struct CleansingAllocator {
  using value_type = T;

  CleansingAllocator() = default;
  template <typename U>
  explicit CleansingAllocator(const CleansingAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const CleansingAllocator& /*other*/) const { return true; }
};

/// Key material, which no freed memory may show.
using SecretBytes = std::vector<std::uint8_t, CleansingAllocator<std::uint8_t>>;

/// The same of a size that is known, without an allocation.
template <std::size_t Size>
class SecretArray {
 public:
  SecretArray() = default;
  SecretArray(const SecretArray&) = default;
  SecretArray& operator=(const SecretArray&) = default;
  ~SecretArray() { OPENSSL_cleanse(bytes_.data(), Size); }

  std::array<std::uint8_t, Size>& bytes() { return bytes_; }
  const std::array<std::uint8_t, Size>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

}  // namespace ingress::crypto
