#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace ingress {

/// All of `bytes`, eight at most, as a number in network order.
constexpr std::uint64_t LoadBigEndian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

/// The first bytes of `from` as a number in network order; there must be so many.
template <std::unsigned_integral T>
constexpr T LoadBigEndian(ByteView from) {
  T value = 0;
  for (const std::uint8_t byte : from.first<sizeof(T)>()) {
    value = static_cast<T>(value << 8 | byte);
  }
  return value;
}

/// Writes `value` in network order to the first bytes of `to`; there must be so many.
template <std::unsigned_integral T>
constexpr void StoreBigEndian(std::span<std::uint8_t> to, T value) {
  const auto out = to.first<sizeof(T)>();
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
  }
}

}  // namespace ingress
