#include "codec/vpx.h"

#include <string>

#include "base/byte_reader.h"
#include "codec/bit_reader.h"

namespace ingress::codec {
namespace {

constexpr std::uint32_t kVp9SyncCode = 0x498342;
constexpr std::uint32_t kVp8StartCode = 0x9d012a;
constexpr std::uint32_t kRgb = 7;  // color_space CS_RGB

/// color_config(), §6.2.2. False for values that are reserved.
bool ReadColourConfig(BitReader& reader, std::uint32_t profile, StreamFormat& format) {
  if (profile >= 2) format.bit_depth = reader.ReadFlag() ? 12 : 10;
  bool subsampled_x = true;
  bool subsampled_y = true;
  if (reader.ReadBits(3) != kRgb) {
    reader.Skip(1);  // color_range
    if (profile == 1 || profile == 3) {
      subsampled_x = reader.ReadFlag();
      subsampled_y = reader.ReadFlag();
      if (reader.ReadFlag()) return false;  // reserved_zero
    }
  } else {
    if (profile != 1 && profile != 3) return false;
    subsampled_x = subsampled_y = false;
    if (reader.ReadFlag()) return false;
  }
  format.chroma_format_idc = !subsampled_x ? 3 : subsampled_y ? 1 : 2;
  return true;
}

PictureInfo Damaged() { return {.key_frame = false, .damaged = true, .format = {}}; }

}  // namespace

PictureInfo InspectVp8(ByteView frame) {
  PictureInfo info;
  if (frame.size() < 3) return Damaged();
  info.key_frame = (frame[0] & 1) == 0;
  if (!info.key_frame) return info;
  ByteReader reader(frame);
  reader.Skip(3);  // frame tag
  const std::uint32_t start_code = reader.ReadU24();
  const ByteView size = reader.ReadBytes(4);
  if (!reader.ok() || start_code != kVp8StartCode) return Damaged();
  StreamFormat format;
  format.width = (size[1] & 0x3f) << 8 | size[0];  // little-endian; above it the scale
  format.height = (size[3] & 0x3f) << 8 | size[2];
  if (format.width == 0 || format.height == 0) return Damaged();
  info.format = format;
  return info;
}

PictureInfo InspectVp9(ByteView frame) {
  BitReader reader(frame);
  const bool marked = reader.ReadBits(2) == 2;
  const std::uint32_t low = reader.ReadBits(1);
  const std::uint32_t profile = reader.ReadBits(1) << 1 | low;
  if (profile == 3) reader.Skip(1);
  if (!marked || !reader.ok()) return Damaged();
  PictureInfo info;
  if (reader.ReadFlag()) return info;  // show_existing_frame
  const bool inter = reader.ReadFlag();
  reader.Skip(2);  // show_frame, error_resilient_mode
  if (!reader.ok()) return Damaged();
  if (inter) return info;

  StreamFormat format;
  if (reader.ReadBits(24) != kVp9SyncCode) return Damaged();
  if (!ReadColourConfig(reader, profile, format)) return Damaged();
  format.width = static_cast<int>(reader.ReadBits(16)) + 1;
  format.height = static_cast<int>(reader.ReadBits(16)) + 1;
  if (!reader.ok() || format.width > kMaxPictureSide || format.height > kMaxPictureSide) {
    return Damaged();
  }
  info.key_frame = true;
  info.format = format;
  return info;
}

Result<StreamFormat> ParseVpConfig(ByteView record) {
  ByteReader reader(record);
  // FFmpeg writes the record alone, others its whole box content: version 1 and 24 flag bits.
  const bool boxed =
      record.size() >= 12 && record[0] == 1 && record[1] == 0 && record[2] == 0 && record[3] == 0;
  if (boxed) reader.Skip(4);
  const std::uint8_t profile = reader.ReadU8();
  reader.Skip(1);  // level
  const std::uint8_t layout = reader.ReadU8();
  if (!reader.ok() || profile > 3) {
    return Fail(ErrorCode::kMalformed, "VP config of " + std::to_string(record.size()) + " bytes");
  }
  StreamFormat format;
  format.bit_depth = layout >> 4;
  const int chroma = layout >> 1 & 7;  // 0 and 1 are 4:2:0 with different siting
  format.chroma_format_idc = chroma <= 1 ? 1 : chroma;
  if (format.bit_depth < 8 || format.bit_depth > 12 || chroma > 3) {
    return Fail(ErrorCode::kMalformed, "VP config: bit depth " + std::to_string(format.bit_depth) +
                                           ", chroma " + std::to_string(chroma));
  }
  return format;
}

}  // namespace ingress::codec
