#include "codec/stream_format.h"

#include <utility>

#include "codec/av1.h"
#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/hevc.h"
#include "codec/hevc_sps.h"
#include "codec/vpx.h"

namespace ingress::codec {
namespace {

StreamFormat FormatOf(const SpsInfo& sps) {
  return {.width = sps.width,
          .height = sps.height,
          .bit_depth = sps.bit_depth,
          .chroma_format_idc = sps.chroma_format_idc,
          .sar = sps.sar};
}

StreamFormat FormatOf(const HevcSpsInfo& sps) {
  return {.width = sps.width,
          .height = sps.height,
          .bit_depth = sps.bit_depth,
          .chroma_format_idc = sps.chroma_format_idc,
          .sar = sps.sar};
}

/// One unit of H.264 or HEVC.
void InspectUnit(VideoCodec codec, ByteView nal, PictureInfo& info) {
  if (codec == VideoCodec::kHevc) {
    const std::uint8_t type = HevcTypeOf(nal);
    if (IsHevcRandomAccess(type)) info.key_frame = true;
    if (type != kHevcSps) return;
    if (const auto sps = ParseHevcSps(nal)) info.format = FormatOf(*sps);
    return;
  }
  if (TypeOf(nal) == NalType::kIdr) info.key_frame = true;
  if (TypeOf(nal) != NalType::kSps) return;
  if (const auto sps = ParseSps(nal)) info.format = FormatOf(*sps);
}

PictureInfo InspectUnits(VideoCodec codec, ByteView body, int length_size) {
  PictureInfo info;
  if (LooksLikeAnnexB(body)) {
    AnnexBReader units(body);
    while (const auto nal = units.Next()) InspectUnit(codec, *nal, info);
    return info;
  }
  LengthPrefixedReader units(body, length_size);
  while (const auto nal = units.Next()) InspectUnit(codec, *nal, info);
  info.damaged = units.damaged();
  return info;
}

Result<StreamFormat> ParseAvcFormat(ByteView record) {
  const auto config = ParseAvcConfig(record);
  if (!config) return std::unexpected(config.error());
  if (config->sps.empty()) return Fail(ErrorCode::kUnsupported, "AVC config without an SPS");
  const auto sps = ParseSps(config->sps.front());
  if (!sps) return std::unexpected(sps.error());
  return FormatOf(*sps);
}

Result<StreamFormat> ParseHevcFormat(ByteView record) {
  const auto config = ParseHevcConfig(record);
  if (!config) return std::unexpected(config.error());
  for (const Bytes& nal : config->parameter_sets) {
    if (HevcTypeOf(nal) != kHevcSps) continue;
    const auto sps = ParseHevcSps(nal);
    if (!sps) return std::unexpected(sps.error());
    return FormatOf(*sps);
  }
  return Fail(ErrorCode::kUnsupported, "HEVC config without an SPS");
}

}  // namespace

PictureInfo InspectPicture(VideoCodec codec, ByteView body, int length_size) {
  switch (codec) {
    case VideoCodec::kVp8:
      return InspectVp8(body);
    case VideoCodec::kVp9:
      return InspectVp9(body);
    case VideoCodec::kAv1:
      return InspectAv1(body);
    case VideoCodec::kH264:
    case VideoCodec::kHevc:
      return InspectUnits(codec, body, length_size);
  }
  return {};
}

Result<StreamFormat> ParseStreamFormat(VideoCodec codec, ByteView config) {
  switch (codec) {
    case VideoCodec::kVp8:
    case VideoCodec::kVp9:
      return ParseVpConfig(config);
    case VideoCodec::kAv1: {
      auto parsed = ParseAv1Config(config);
      if (!parsed) return std::unexpected(std::move(parsed.error()));
      return parsed->format;
    }
    case VideoCodec::kHevc:
      return ParseHevcFormat(config);
    case VideoCodec::kH264:
      return ParseAvcFormat(config);
  }
  return Fail(ErrorCode::kUnsupported, "no such codec");
}

}  // namespace ingress::codec
