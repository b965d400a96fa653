#include "codec/h264_sps.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/bit_reader.h"
#include "codec/bit_writer.h"
#include "codec/h264.h"

namespace ingress::codec {
namespace {

constexpr int kMacroblock = 16;              // pixels
constexpr std::uint32_t kMaxRefFrames = 16;  // ITU-T H.264 §A.3.1
constexpr std::uint32_t kMaxPocCycle = 255;  // §7.4.2.1.1
constexpr std::uint32_t kMaxCpbCount = 32;   // §E.2.2

/// An SPS and where its parts that can be replaced lie, in bits of the RBSP.
struct ParsedSps {
  SpsInfo info;
  Bytes rbsp;  // without the NAL header
  bool has_vui = false;
  std::size_t vui_flag_at = 0;  // vui_parameters_present_flag
  std::size_t signal_at = 0;    // video_signal_type_present_flag, when has_vui
  std::size_t signal_end = 0;
  std::size_t vui_end = 0;
  std::size_t restriction_at = 0;  // bitstream_restriction_flag, when has_vui
  bool has_restriction = false;
  /// motion_vectors_over_pic_boundaries_flag to log2_max_mv_length_vertical.
  std::array<std::uint32_t, 5> restriction{1, 0, 0, 16, 16};
};

bool HasChromaFormat(std::uint8_t profile) {
  constexpr std::array<std::uint8_t, 13> kProfiles = {100, 110, 122, 244, 44,  83, 86,
                                                      118, 128, 138, 139, 134, 135};
  return std::ranges::find(kProfiles, profile) != kProfiles.end();
}

/// §7.3.2.1.1.1
void SkipScalingList(BitReader& reader, int size) {
  std::uint32_t last = 8;
  std::uint32_t next = 8;
  for (int i = 0; i < size && reader.ok(); ++i) {
    if (next != 0) next = (last + static_cast<std::uint32_t>(reader.ReadSe())) & 0xff;
    if (next != 0) last = next;
  }
}

void ReadChroma(BitReader& reader, SpsInfo& info) {
  info.chroma_format_idc = static_cast<int>(reader.ReadUe());
  if (info.chroma_format_idc == 3) reader.Skip(1);  // separate_colour_plane_flag
  const std::uint32_t luma = reader.ReadUe();
  const std::uint32_t chroma = reader.ReadUe();
  info.bit_depth = 8 + static_cast<int>(std::min(std::max(luma, chroma), 255U));
  reader.Skip(1);  // qpprime_y_zero_transform_bypass_flag
  if (!reader.ReadFlag()) return;
  const int lists = info.chroma_format_idc == 3 ? 12 : 8;
  for (int i = 0; i < lists; ++i) {
    if (reader.ReadFlag()) SkipScalingList(reader, i < 6 ? 16 : 64);
  }
}

bool ReadPictureOrder(BitReader& reader, SpsInfo& info) {
  info.poc_type = static_cast<int>(reader.ReadUe());
  if (info.poc_type == 0) {
    reader.ReadUe();  // log2_max_pic_order_cnt_lsb_minus4
  } else if (info.poc_type == 1) {
    reader.Skip(1);
    reader.ReadSe();
    reader.ReadSe();
    const std::uint32_t cycle = reader.ReadUe();
    if (cycle > kMaxPocCycle) return false;
    for (std::uint32_t i = 0; i < cycle; ++i) reader.ReadSe();
  }
  return info.poc_type >= 0 && info.poc_type <= 2;
}

/// Sizes and cropping. False when they are not plausible.
bool ReadSize(BitReader& reader, SpsInfo& info) {
  const std::uint64_t width_mbs = std::uint64_t{reader.ReadUe()} + 1;
  const std::uint64_t map_units = std::uint64_t{reader.ReadUe()} + 1;
  info.frame_mbs_only = reader.ReadFlag();
  if (!info.frame_mbs_only) reader.Skip(1);  // mb_adaptive_frame_field_flag
  reader.Skip(1);                            // direct_8x8_inference_flag
  const std::uint64_t height_mbs = map_units * (info.frame_mbs_only ? 1 : 2);
  if (width_mbs > kMaxPictureSide / kMacroblock || height_mbs > kMaxPictureSide / kMacroblock)
    return false;
  info.coded_width = static_cast<int>(width_mbs) * kMacroblock;
  info.coded_height = static_cast<int>(height_mbs) * kMacroblock;
  info.width = info.coded_width;
  info.height = info.coded_height;
  if (!reader.ReadFlag()) return true;

  // Crop units of §7.4.2.1.1, equations 7-19 to 7-22.
  const int unit_x = info.chroma_format_idc == 1 || info.chroma_format_idc == 2 ? 2 : 1;
  const int unit_y = (info.chroma_format_idc == 1 ? 2 : 1) * (info.frame_mbs_only ? 1 : 2);
  std::array<std::uint64_t, 4> crop{};  // left, right, top, bottom
  for (std::uint64_t& side : crop) side = reader.ReadUe();
  const std::uint64_t crop_x = (crop[0] + crop[1]) * unit_x;
  const std::uint64_t crop_y = (crop[2] + crop[3]) * unit_y;
  if (crop_x >= static_cast<std::uint64_t>(info.width)) return false;
  if (crop_y >= static_cast<std::uint64_t>(info.height)) return false;
  info.width -= static_cast<int>(crop_x);
  info.height -= static_cast<int>(crop_y);
  return true;
}

void ReadVideoSignal(BitReader& reader, SpsInfo& info) {
  if (!reader.ReadFlag()) return;
  reader.Skip(3);  // video_format
  info.colour.full_range = reader.ReadFlag();
  if (!reader.ReadFlag()) return;
  info.colour.primaries = static_cast<std::uint8_t>(reader.ReadBits(8));
  info.colour.transfer = static_cast<std::uint8_t>(reader.ReadBits(8));
  info.colour.matrix = static_cast<std::uint8_t>(reader.ReadBits(8));
}

void ReadTiming(BitReader& reader, SpsInfo& info) {
  if (!reader.ReadFlag()) return;
  const std::uint32_t units_in_tick = reader.ReadBits(32);
  const std::uint32_t time_scale = reader.ReadBits(32);
  reader.Skip(1);  // fixed_frame_rate_flag
  // A tick is a field; a frame lasts two (§E.2.1).
  if (units_in_tick != 0 && time_scale != 0) info.frame_rate = time_scale / (2.0 * units_in_tick);
}

bool SkipHrd(BitReader& reader) {
  const std::uint32_t count = reader.ReadUe();
  if (count >= kMaxCpbCount) return false;
  reader.Skip(8);
  for (std::uint32_t i = 0; i <= count; ++i) {
    reader.ReadUe();
    reader.ReadUe();
    reader.Skip(1);
  }
  reader.Skip(20);
  return true;
}

/// vui_parameters(), §E.1.1. False when a count is out of range.
bool ReadVui(BitReader& reader, ParsedSps& sps) {
  SpsInfo& info = sps.info;
  info.sar = ReadSampleAspectRatio(reader);
  if (reader.ReadFlag()) reader.Skip(1);  // overscan
  sps.signal_at = reader.position();
  ReadVideoSignal(reader, info);
  sps.signal_end = reader.position();
  if (reader.ReadFlag()) {  // chroma_loc_info_present_flag
    reader.ReadUe();
    reader.ReadUe();
  }
  ReadTiming(reader, info);
  const bool nal_hrd = reader.ReadFlag();
  if (nal_hrd && !SkipHrd(reader)) return false;
  const bool vcl_hrd = reader.ReadFlag();
  if (vcl_hrd && !SkipHrd(reader)) return false;
  if (nal_hrd || vcl_hrd) reader.Skip(1);  // low_delay_hrd_flag
  reader.Skip(1);                          // pic_struct_present_flag

  sps.restriction_at = reader.position();
  sps.has_restriction = reader.ReadFlag();
  if (!sps.has_restriction) return true;
  sps.restriction[0] = reader.ReadBits(1);
  for (std::size_t i = 1; i < sps.restriction.size(); ++i) sps.restriction[i] = reader.ReadUe();
  const std::uint32_t reorder = reader.ReadUe();
  const std::uint32_t buffering = reader.ReadUe();
  if (reorder > kMaxRefFrames || buffering > kMaxRefFrames) return false;
  info.max_num_reorder_frames = static_cast<int>(reorder);
  info.max_dec_frame_buffering = static_cast<int>(buffering);
  return true;
}

Result<ParsedSps> Parse(ByteView nal) {
  const auto malformed = [&](const char* what) {
    return Fail(ErrorCode::kMalformed,
                std::string("SPS of ") + std::to_string(nal.size()) + " bytes: " + what);
  };
  if (TypeOf(nal) != NalType::kSps || nal.size() < 4) return malformed("no SPS");

  ParsedSps sps;
  sps.rbsp = RemoveEmulationPrevention(nal.subspan(1));
  BitReader reader(sps.rbsp);
  SpsInfo& info = sps.info;
  info.profile_idc = static_cast<std::uint8_t>(reader.ReadBits(8));
  info.constraint_flags = static_cast<std::uint8_t>(reader.ReadBits(8));
  info.level_idc = static_cast<std::uint8_t>(reader.ReadBits(8));
  info.sps_id = reader.ReadUe();
  if (info.sps_id > 31) return malformed("id above 31");
  if (HasChromaFormat(info.profile_idc)) ReadChroma(reader, info);
  if (info.chroma_format_idc > 3 || info.chroma_format_idc < 0) return malformed("chroma format");
  if (info.bit_depth > 14) return malformed("bit depth above 14");
  reader.ReadUe();  // log2_max_frame_num_minus4
  if (!ReadPictureOrder(reader, info)) return malformed("picture order count");
  const std::uint32_t ref_frames = reader.ReadUe();
  if (ref_frames > kMaxRefFrames) return malformed("more than 16 reference frames");
  info.num_ref_frames = static_cast<int>(ref_frames);
  reader.Skip(1);  // gaps_in_frame_num_value_allowed_flag
  if (!ReadSize(reader, info)) {
    if (!reader.ok()) return malformed("cut off");
    return Fail(ErrorCode::kLimitExceeded, "SPS: picture size or cropping out of range");
  }

  sps.vui_flag_at = reader.position();
  sps.has_vui = reader.ReadFlag();
  if (!reader.ok()) return malformed("cut off");
  // Some encoders write a VUI that breaks off. What stood before it is still good, as decoders
  // see it too.
  ParsedSps with_vui = sps;
  if (sps.has_vui) {
    if (!ReadVui(reader, with_vui)) return malformed("VUI out of range");
    with_vui.vui_end = reader.position();
    if (reader.ok()) return with_vui;
    sps.has_vui = false;
  }
  return sps;
}

void CopyBits(ByteView from, std::size_t count, BitWriter& to) {
  BitReader reader(from);
  for (std::size_t i = 0; i < count; ++i) to.WriteFlag(reader.ReadFlag());
}

void WriteVideoSignal(const ColourInfo& colour, BitWriter& writer) {
  constexpr std::uint32_t kUnspecifiedFormat = 5;
  writer.WriteFlag(true);  // video_signal_type_present_flag
  writer.WriteBits(kUnspecifiedFormat, 3);
  writer.WriteFlag(colour.full_range);
  writer.WriteFlag(true);  // colour_description_present_flag
  writer.WriteBits(colour.primaries, 8);
  writer.WriteBits(colour.transfer, 8);
  writer.WriteBits(colour.matrix, 8);
}

/// How many bits of an RBSP lie before its stop bit.
std::size_t BitsBeforeStop(ByteView rbsp) {
  for (std::size_t bits = rbsp.size() * 8; bits > 0; --bits) {
    if ((rbsp[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) != 0) return bits - 1;
  }
  return 0;
}

/// A NAL unit of the header byte of another one.
Bytes MakeNal(std::uint8_t header, const BitWriter& writer) {
  Bytes rbsp = {header};
  rbsp.insert(rbsp.end(), writer.bytes().begin(), writer.bytes().end());
  return AddEmulationPrevention(rbsp);
}

}  // namespace

bool SpsInfo::NeverReorders() const {
  constexpr std::uint8_t kBaseline = 66;  // has no B slices
  return poc_type == 2 || profile_idc == kBaseline || max_num_reorder_frames == 0;
}

Result<SpsInfo> ParseSps(ByteView nal) {
  auto parsed = Parse(nal);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return parsed->info;
}

Result<PpsInfo> ParsePps(ByteView nal) {
  const auto malformed = [&] {
    return Fail(ErrorCode::kMalformed, "PPS of " + std::to_string(nal.size()) + " bytes");
  };
  if (TypeOf(nal) != NalType::kPps) return malformed();
  const Bytes rbsp = RemoveEmulationPrevention(nal.subspan(1));
  BitReader reader(rbsp);
  PpsInfo info{.pps_id = reader.ReadUe(), .sps_id = reader.ReadUe()};
  info.cabac = reader.ReadFlag();
  reader.Skip(1);  // bottom_field_pic_order_in_frame_present_flag
  const std::uint32_t groups = reader.ReadUe();
  if (!reader.ok() || info.pps_id > 255 || info.sps_id > 31 || groups > 7) return malformed();
  info.slice_groups = static_cast<int>(groups) + 1;
  return info;
}

Result<Bytes> WithoutReordering(ByteView sps_nal) {
  auto parsed = Parse(sps_nal);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const ParsedSps& sps = *parsed;

  BitWriter writer;
  if (sps.has_vui) {
    CopyBits(sps.rbsp, sps.restriction_at, writer);
  } else {
    CopyBits(sps.rbsp, sps.vui_flag_at, writer);
    writer.WriteFlag(true);
    writer.WriteBits(0, 8);  // no aspect ratio … no pic_struct: eight absent parts of the VUI
  }
  writer.WriteFlag(true);  // bitstream_restriction_flag
  writer.WriteBits(sps.restriction[0], 1);
  for (std::size_t i = 1; i < sps.restriction.size(); ++i) writer.WriteUe(sps.restriction[i]);
  writer.WriteUe(0);  // max_num_reorder_frames
  writer.WriteUe(static_cast<std::uint32_t>(std::max(sps.info.num_ref_frames, 1)));
  writer.WriteTrailingBits();

  return MakeNal(sps_nal[0], writer);
}

Result<Bytes> WithoutRestriction(ByteView sps_nal) {
  auto parsed = Parse(sps_nal);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (!parsed->has_restriction) return Bytes(sps_nal.begin(), sps_nal.end());
  BitWriter writer;
  CopyBits(parsed->rbsp, parsed->restriction_at, writer);
  writer.WriteFlag(false);
  writer.WriteTrailingBits();
  return MakeNal(sps_nal[0], writer);
}

Result<Bytes> WithColour(ByteView sps_nal, const ColourInfo& colour) {
  auto parsed = Parse(sps_nal);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const ParsedSps& sps = *parsed;

  BitWriter writer;
  if (sps.has_vui) {
    CopyBits(sps.rbsp, sps.signal_at, writer);
    WriteVideoSignal(colour, writer);
    BitReader rest(sps.rbsp);
    rest.Skip(sps.signal_end);
    // A damaged SPS may have its last one within the VUI.
    const std::size_t end = std::max(sps.vui_end, BitsBeforeStop(sps.rbsp));
    while (rest.position() < end) writer.WriteFlag(rest.ReadFlag());
  } else {
    CopyBits(sps.rbsp, sps.vui_flag_at, writer);
    writer.WriteFlag(true);
    writer.WriteBits(0, 2);  // no aspect ratio, no overscan
    WriteVideoSignal(colour, writer);
    writer.WriteBits(0, 6);  // no chroma location … no bitstream restriction
  }
  writer.WriteTrailingBits();
  return MakeNal(sps_nal[0], writer);
}

}  // namespace ingress::codec
