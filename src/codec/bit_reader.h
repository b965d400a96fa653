#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace ingress::codec {

/// A cursor over single bits, most significant first, with the Exp-Golomb codes of
/// ITU-T H.264 §9.1.
///
/// A read that does not fit yields zero and makes the reader fail for good; parsers read a whole
/// structure and check `ok()` once. Loops whose count was read must check it against a limit.
class BitReader {
 public:
  explicit BitReader(ByteView data) : data_(data) {}

  /// The next `count` bits, 0 to 32.
  std::uint32_t ReadBits(int count) {
    if (!Fits(static_cast<std::size_t>(count))) return 0;
    std::uint64_t value = 0;
    for (int left = count; left > 0;) {
      const int offset = static_cast<int>(position_ % 8);
      const int take = left < 8 - offset ? left : 8 - offset;
      const std::uint32_t byte = data_[position_ / 8];
      value = value << take | ((byte >> (8 - offset - take)) & ((1U << take) - 1));
      position_ += static_cast<std::size_t>(take);
      left -= take;
    }
    return static_cast<std::uint32_t>(value);
  }

  bool ReadFlag() { return ReadBits(1) != 0; }

  /// ue(v). A prefix of more than 31 zero bits names no 32-bit value and counts as an overrun.
  std::uint32_t ReadUe() {
    int zeros = 0;
    while (ok_ && !ReadFlag()) {
      if (++zeros > 31) ok_ = false;
    }
    if (!ok_) return 0;
    return (1U << zeros) - 1 + ReadBits(zeros);
  }

  /// se(v).
  std::int32_t ReadSe() {
    const std::uint32_t code = ReadUe();
    const auto magnitude = static_cast<std::int32_t>((code >> 1) + (code & 1));
    return (code & 1) != 0 ? magnitude : -magnitude;
  }

  void Skip(std::size_t count) {
    if (Fits(count)) position_ += count;
  }

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }  // bits from the start
  std::size_t remaining() const { return data_.size() * 8 - position_; }

 private:
  bool Fits(std::size_t count) {
    ok_ = ok_ && count <= remaining();
    return ok_;
  }

  ByteView data_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace ingress::codec
