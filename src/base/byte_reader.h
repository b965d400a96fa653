#pragma once

#include <cstddef>
#include <cstdint>

#include "base/big_endian.h"
#include "base/bytes.h"

namespace ingress {

/// A cursor over bytes in network order that cannot run past the end.
///
/// A read that does not fit yields zero (or an empty view), moves nothing and makes the reader
/// fail for good; parsers read a whole header and check `ok()` once.
class ByteReader {
 public:
  explicit ByteReader(ByteView data) : data_(data) {}

  std::uint8_t ReadU8() { return static_cast<std::uint8_t>(LoadBigEndian(ReadBytes(1))); }
  std::uint16_t ReadU16() { return static_cast<std::uint16_t>(LoadBigEndian(ReadBytes(2))); }
  std::uint32_t ReadU24() { return static_cast<std::uint32_t>(LoadBigEndian(ReadBytes(3))); }
  std::uint32_t ReadU32() { return static_cast<std::uint32_t>(LoadBigEndian(ReadBytes(4))); }
  std::uint64_t ReadU64() { return LoadBigEndian(ReadBytes(8)); }

  ByteView ReadBytes(std::size_t size) {
    if (!Fits(size)) return {};
    const ByteView out = data_.subspan(offset_, size);
    offset_ += size;
    return out;
  }

  void Skip(std::size_t size) { ReadBytes(size); }

  bool ok() const { return ok_; }
  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return data_.size() - offset_; }
  ByteView rest() const { return data_.subspan(offset_); }

 private:
  bool Fits(std::size_t size) {
    ok_ = ok_ && size <= remaining();
    return ok_;
  }

  ByteView data_;
  std::size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace ingress
