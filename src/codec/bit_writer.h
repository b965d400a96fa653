#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace ingress::codec {

/// Appends single bits, most significant first, and Exp-Golomb codes (ITU-T H.264 §9.1).
class BitWriter {
 public:
  void WriteBits(std::uint32_t value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) WriteFlag((value >> bit & 1) != 0);
  }

  void WriteFlag(bool flag) {
    if (size_ % 8 == 0) bytes_.push_back(0);
    if (flag) bytes_.back() |= static_cast<std::uint8_t>(0x80U >> (size_ % 8));
    ++size_;
  }

  /// ue(v), for values below 2^32 - 1.
  void WriteUe(std::uint32_t value) {
    const int length = std::bit_width(value + 1);
    WriteBits(0, length - 1);
    WriteBits(value + 1, length);
  }

  /// rbsp_trailing_bits(): a one, then zeros up to the byte (ITU-T H.264 §7.3.2.11).
  void WriteTrailingBits() {
    WriteFlag(true);
    while (size_ % 8 != 0) WriteFlag(false);
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::size_t size_ = 0;  // bits
};

}  // namespace ingress::codec
