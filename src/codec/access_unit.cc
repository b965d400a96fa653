#include "codec/access_unit.h"

#include <algorithm>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/hevc.h"

namespace ingress::codec {
namespace {

constexpr std::size_t kLengthBytes = 4;            // that travel with each unit
constexpr std::uint8_t kRegisteredUserData = 4;    // payloadType of ITU-T T.35: captions
constexpr std::size_t kHevcSliceHeaderBytes = 16;  // two flags and one ue(v) of 63 bits at most

void NoteH264Slice(ByteView nal, AccessUnitInfo& info) {
  const auto header = ParseSliceHeader(nal);
  if (info.slices++ == 0 && header) info.pps_id = header->pps_id;
  // What does not parse is left to the decoder, as a picture of its own.
  if (!header || header->first_macroblock == 0) info.begins_picture = true;
  if (header && header->type == SliceType::kB) info.b_slices = true;
}

void NoteH264(ByteView nal, AccessUnitInfo& info) {
  switch (TypeOf(nal)) {
    case NalType::kIdr:
      info.idr = true;
      info.random_access = true;
      NoteH264Slice(nal, info);
      break;
    case NalType::kSlice:
    case NalType::kPartitionA:
      NoteH264Slice(nal, info);
      break;
    case NalType::kPartitionB:
    case NalType::kPartitionC:
      ++info.slices;
      break;
    case NalType::kSps:
    case NalType::kPps:
      info.parameter_sets = true;
      break;
    default:
      break;
  }
}

/// slice_segment_header() as far as no parameter set is needed, ITU-T H.265 §7.3.6.1.
void NoteHevcSlice(ByteView nal, AccessUnitInfo& info) {
  const std::uint8_t type = HevcTypeOf(nal);
  const Bytes rbsp = RemoveEmulationPrevention(nal.subspan(
      kHevcHeaderBytes, std::min(nal.size() - kHevcHeaderBytes, kHevcSliceHeaderBytes)));
  BitReader reader(rbsp);
  const bool first = reader.ReadFlag();          // first_slice_segment_in_pic_flag
  if (IsHevcRandomAccess(type)) reader.Skip(1);  // no_output_of_prior_pics_flag
  const std::uint32_t pps_id = reader.ReadUe();
  if (info.slices++ == 0 && reader.ok()) info.pps_id = pps_id;
  if (first || !reader.ok()) info.begins_picture = true;
  if (IsHevcRandomAccess(type)) info.random_access = true;
  if (type == kHevcIdrWRadl || type == kHevcIdrNLp) info.idr = true;
}

void NoteHevc(ByteView nal, AccessUnitInfo& info) {
  // Layers above the base (ITU-T H.265 annex F) are extras of the same picture.
  if (nal.size() <= kHevcHeaderBytes || HevcLayerOf(nal) != 0) return;
  const std::uint8_t type = HevcTypeOf(nal);
  if (IsHevcSlice(type)) NoteHevcSlice(nal, info);
  if (type == kHevcVps || type == kHevcSps || type == kHevcPps) info.parameter_sets = true;
}

void Note(VideoCodec codec, ByteView nal, AccessUnitInfo& info) {
  if (IsForDecoders(codec, nal)) info.useful_bytes += nal.size() + kLengthBytes;
  codec == VideoCodec::kHevc ? NoteHevc(nal, info) : NoteH264(nal, info);
}

}  // namespace

AccessUnitInfo InspectLengthPrefixed(VideoCodec codec, ByteView body, int length_size) {
  AccessUnitInfo info;
  LengthPrefixedReader reader(body, length_size);
  while (const auto nal = reader.Next()) Note(codec, *nal, info);
  info.damaged = reader.damaged();
  return info;
}

bool IsForDecoders(VideoCodec codec, ByteView nal) {
  if (codec == VideoCodec::kHevc) {
    const std::uint8_t type = HevcTypeOf(nal);
    if (type == kHevcPrefixSei) {
      return nal.size() > kHevcHeaderBytes && nal[kHevcHeaderBytes] == kRegisteredUserData;
    }
    return type < kHevcVps;  // table 7-1: slices and what is reserved for them
  }
  switch (TypeOf(nal)) {
    case NalType::kAud:
    case NalType::kFiller:
    case NalType::kEndOfSequence:
    case NalType::kEndOfStream:
    case NalType::kSps:
    case NalType::kPps:
      return false;
    case NalType::kSei:
      return nal.size() > 1 && nal[1] == kRegisteredUserData;
    default:
      return true;
  }
}

}  // namespace ingress::codec
