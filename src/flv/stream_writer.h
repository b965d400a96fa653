#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "flv/tag.h"

namespace ingress::flv {

constexpr std::size_t kFileHeaderSize = 13;
constexpr std::size_t kTagHeaderSize = 11;
constexpr std::size_t kTagTrailerSize = 4;

/// File header and first back pointer. Both tracks are announced: whether one will ever come is
/// not known when a live stream starts.
constexpr std::array<std::uint8_t, kFileHeaderSize> kFileHeader = {'F', 'L', 'V', 1, 0x05, 0, 0,
                                                                   0,   9,   0,   0, 0,    0};

/// What stands before and after a tag's body, so that the body itself need not be copied.
struct TagFraming {
  std::array<std::uint8_t, kTagHeaderSize> header;
  std::array<std::uint8_t, kTagTrailerSize> trailer;  // PreviousTagSize
};

/// `body_size` in bytes, below 2^24; `timestamp` in milliseconds.
TagFraming MakeTagFraming(TagType type, std::uint32_t timestamp, std::size_t body_size);

/// Appends a whole tag, framing included.
void AppendTag(TagType type, std::uint32_t timestamp, ByteView body, Bytes& out);
void AppendTag(const Tag& tag, Bytes& out);

}  // namespace ingress::flv
