#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/stream_format.h"

namespace ingress::codec {

/// obu_type, AV1 specification §6.2.2; the values we act on.
enum class ObuType : std::uint8_t {
  kSequenceHeader = 1,
  kTemporalDelimiter = 2,
  kFrameHeader = 3,
  kFrame = 6,
};

struct Obu {
  ObuType type{};
  ByteView payload;
};

/// Walks the open bitstream units of the low-overhead format. One without a size field reaches to
/// the end. A unit that runs past the end stops the walk and sets `damaged()`.
class ObuReader {
 public:
  explicit ObuReader(ByteView data) : rest_(data) {}

  std::optional<Obu> Next();
  bool damaged() const { return damaged_; }

 private:
  ByteView rest_;
  bool damaged_ = false;
};

/// sequence_header_obu(), §5.5. Errors: kMalformed, kLimitExceeded above 16384 pixels a side.
Result<StreamFormat> ParseAv1SequenceHeader(ByteView payload);

/// AV1CodecConfigurationRecord of "AV1 Codec ISO Media File Format Binding".
struct Av1Config {
  StreamFormat format;  // width and height are zero without a sequence header
  Bytes obus;           // configOBUs: to stand in front of a key frame that has none

  static constexpr std::size_t kMaxRecordSize = 64 * 1024;
};

/// Errors: kMalformed, kLimitExceeded above kMaxRecordSize.
Result<Av1Config> ParseAv1Config(ByteView record);

/// A temporal unit. A key frame is a shown frame of that type; the format is that of a sequence
/// header in it.
PictureInfo InspectAv1(ByteView temporal_unit);

/// Whether one of the units is a sequence header.
bool HasAv1SequenceHeader(ByteView obus);

}  // namespace ingress::codec
