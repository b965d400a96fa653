#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace ingress {

/// Appends integers in network order to a buffer that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void WriteU8(std::uint8_t value) { out_.push_back(value); }
  void WriteU16(std::uint16_t value) { WriteBigEndian(value, 2); }
  void WriteU24(std::uint32_t value) { WriteBigEndian(value, 3); }
  void WriteU32(std::uint32_t value) { WriteBigEndian(value, 4); }
  void WriteU64(std::uint64_t value) { WriteBigEndian(value, 8); }
  void WriteBytes(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void WriteText(std::string_view text) { WriteBytes(AsBytes(text)); }

 private:
  void WriteBigEndian(std::uint64_t value, int size) {
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  Bytes& out_;
};

}  // namespace ingress
