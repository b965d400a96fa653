#include "codec/av1.h"

#include <string>

#include "base/byte_reader.h"
#include "codec/bit_reader.h"

namespace ingress::codec {
namespace {

constexpr std::uint8_t kRecordMarker = 0x81;  // marker bit and version 1
constexpr std::uint32_t kKeyFrame = 0;        // frame_type
constexpr int kMaxLebBytes = 8;               // §4.10.5

/// leb128(). Empty when it is cut off or does not fit 32 bits.
std::optional<std::uint32_t> ReadLeb128(ByteView& rest) {
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxLebBytes && !rest.empty(); ++i) {
    const std::uint8_t byte = rest[0];
    rest = rest.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (value > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }
  return std::nullopt;
}

/// What decides about the fields that follow in an operating point.
struct Timing {
  bool decoder_model = false;
  int buffer_delay_bits = 0;
};

/// timing_info() and decoder_model_info(), §5.5.3 and §5.5.4.
Timing ReadTiming(BitReader& reader) {
  Timing timing;
  if (!reader.ReadFlag()) return timing;
  reader.Skip(64);                         // num_units_in_display_tick, time_scale
  if (reader.ReadFlag()) reader.ReadUe();  // equal_picture_interval: uvlc()
  timing.decoder_model = reader.ReadFlag();
  if (!timing.decoder_model) return timing;
  timing.buffer_delay_bits = static_cast<int>(reader.ReadBits(5)) + 1;
  reader.Skip(32 + 10);  // num_units_in_decoding_tick, two lengths
  return timing;
}

void SkipOperatingPoints(BitReader& reader, const Timing& timing) {
  const bool initial_display_delay = reader.ReadFlag();
  const std::uint32_t count = reader.ReadBits(5) + 1;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    reader.Skip(12);                             // operating_point_idc
    if (reader.ReadBits(5) > 7) reader.Skip(1);  // seq_level_idx, seq_tier
    if (timing.decoder_model && reader.ReadFlag()) {
      reader.Skip(static_cast<std::size_t>(2 * timing.buffer_delay_bits) + 1);
    }
    if (initial_display_delay && reader.ReadFlag()) reader.Skip(4);
  }
}

/// The switches between the frame size and color_config(), §5.5.1.
void SkipTools(BitReader& reader, bool reduced) {
  if (!reduced && reader.ReadFlag()) reader.Skip(4 + 3);  // frame_id_numbers_present_flag
  reader.Skip(3);  // superblock size, filter intra, intra edge filter
  if (!reduced) {
    reader.Skip(4);  // interintra, masked, warped, dual filter
    const bool order_hint = reader.ReadFlag();
    if (order_hint) reader.Skip(2);  // jnt_comp, ref_frame_mvs
    // seq_choose_screen_content_tools, or seq_force_screen_content_tools
    const bool screen_tools = reader.ReadFlag() || reader.ReadFlag();
    // seq_choose_integer_mv, or seq_force_integer_mv
    if (screen_tools && !reader.ReadFlag()) reader.Skip(1);
    if (order_hint) reader.Skip(3);
  }
  reader.Skip(3);  // superres, cdef, restoration
}

/// color_config(), §5.5.2, as far as depth and subsampling.
void ReadColourConfig(BitReader& reader, std::uint32_t profile, StreamFormat& format) {
  const bool high_depth = reader.ReadFlag();
  if (high_depth) format.bit_depth = profile == 2 && reader.ReadFlag() ? 12 : 10;
  const bool mono = profile != 1 && reader.ReadFlag();
  std::uint32_t colours = 0;
  if (reader.ReadFlag()) colours = reader.ReadBits(24);
  constexpr std::uint32_t kSrgb = 0x010d00;  // BT.709 primaries, sRGB transfer, identity matrix
  if (mono) {
    format.chroma_format_idc = 0;
  } else if (colours == kSrgb || profile == 1) {
    format.chroma_format_idc = 3;
  } else if (profile == 0) {
    format.chroma_format_idc = 1;
  } else {
    reader.Skip(1);  // color_range
    const bool twelve = format.bit_depth == 12;
    const bool subsampled_x = !twelve || reader.ReadFlag();
    const bool subsampled_y = twelve && subsampled_x && reader.ReadFlag();
    format.chroma_format_idc = !subsampled_x ? 3 : subsampled_y ? 1 : 2;
  }
}

/// Whether a frame header begins a key frame that is shown. `reduced`: of a still picture.
bool IsKeyFrame(ByteView payload) {
  BitReader reader(payload);
  if (reader.ReadFlag()) return false;  // show_existing_frame
  const bool key = reader.ReadBits(2) == kKeyFrame;
  return reader.ReadFlag() && key && reader.ok();  // show_frame
}

}  // namespace

std::optional<Obu> ObuReader::Next() {
  if (rest_.empty()) return std::nullopt;
  const std::uint8_t header = rest_[0];
  const std::size_t header_size = (header & 0x04) != 0 ? 2 : 1;  // obu_extension_flag
  const auto stop = [&]() -> std::optional<Obu> {
    damaged_ = true;
    rest_ = {};
    return std::nullopt;
  };
  if ((header & 0x80) != 0 || rest_.size() < header_size) return stop();
  ByteView body = rest_.subspan(header_size);
  std::size_t size = body.size();
  if ((header & 0x02) != 0) {  // obu_has_size_field
    const auto stated = ReadLeb128(body);
    if (!stated || *stated > body.size()) return stop();
    size = *stated;
  }
  rest_ = body.subspan(size);
  return Obu{static_cast<ObuType>(header >> 3 & 0x0f), body.first(size)};
}

Result<StreamFormat> ParseAv1SequenceHeader(ByteView payload) {
  BitReader reader(payload);
  StreamFormat format;
  const std::uint32_t profile = reader.ReadBits(3);
  reader.Skip(1);  // still_picture
  const bool reduced = reader.ReadFlag();
  if (reduced) {
    reader.Skip(5);
  } else {
    SkipOperatingPoints(reader, ReadTiming(reader));
  }
  const int width_bits = static_cast<int>(reader.ReadBits(4)) + 1;
  const int height_bits = static_cast<int>(reader.ReadBits(4)) + 1;
  format.width = static_cast<int>(reader.ReadBits(width_bits)) + 1;
  format.height = static_cast<int>(reader.ReadBits(height_bits)) + 1;
  SkipTools(reader, reduced);
  ReadColourConfig(reader, profile, format);
  if (!reader.ok() || profile > 2) {
    return Fail(ErrorCode::kMalformed,
                "AV1 sequence header of " + std::to_string(payload.size()) + " bytes");
  }
  if (format.width > kMaxPictureSide || format.height > kMaxPictureSide) {
    return Fail(ErrorCode::kLimitExceeded, "AV1 sequence header: " + std::to_string(format.width) +
                                               " by " + std::to_string(format.height));
  }
  return format;
}

Result<Av1Config> ParseAv1Config(ByteView record) {
  if (record.size() > Av1Config::kMaxRecordSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "AV1 config of " + std::to_string(record.size()) + " bytes");
  }
  if (record.size() < 4 || record[0] != kRecordMarker) {
    return Fail(ErrorCode::kMalformed, "AV1 config of " + std::to_string(record.size()) + " bytes");
  }
  Av1Config config;
  const std::uint8_t flags = record[2];
  const bool high_depth = (flags & 0x40) != 0;
  config.format.bit_depth = !high_depth ? 8 : (flags & 0x20) != 0 ? 12 : 10;
  const bool subsampled_x = (flags & 0x08) != 0;
  const bool subsampled_y = (flags & 0x04) != 0;
  config.format.chroma_format_idc = (flags & 0x10) != 0 ? 0
                                    : !subsampled_x     ? 3
                                    : subsampled_y      ? 1
                                                        : 2;
  config.obus.assign(record.begin() + 4, record.end());
  ObuReader units(config.obus);
  while (const auto unit = units.Next()) {
    if (unit->type != ObuType::kSequenceHeader) continue;
    auto format = ParseAv1SequenceHeader(unit->payload);
    if (!format) return std::unexpected(std::move(format.error()));
    config.format = *format;
  }
  if (units.damaged()) return Fail(ErrorCode::kMalformed, "AV1 config: unit is cut off");
  return config;
}

PictureInfo InspectAv1(ByteView temporal_unit) {
  PictureInfo info;
  ObuReader units(temporal_unit);
  bool frame_seen = false;
  while (const auto unit = units.Next()) {
    if (unit->type == ObuType::kSequenceHeader) {
      const auto format = ParseAv1SequenceHeader(unit->payload);
      if (!format) return {.key_frame = false, .damaged = true, .format = {}};
      info.format = *format;
    } else if (!frame_seen &&
               (unit->type == ObuType::kFrame || unit->type == ObuType::kFrameHeader)) {
      frame_seen = true;
      info.key_frame = IsKeyFrame(unit->payload);
    }
  }
  info.damaged = units.damaged();
  return info;
}

bool HasAv1SequenceHeader(ByteView obus) {
  ObuReader units(obus);
  while (const auto unit = units.Next()) {
    if (unit->type == ObuType::kSequenceHeader) return true;
  }
  return false;
}

}  // namespace ingress::codec
