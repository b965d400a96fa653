#include "flv/audio_tag.h"

#include <array>

#include "base/byte_reader.h"
#include "flv/extended_header.h"

namespace ingress::flv {
namespace {

enum class SoundFormat : std::uint8_t {
  kPcmPlatform = 0,  // of the machine that wrote it: little-endian
  kAdpcm = 1,
  kMp3 = 2,
  kPcmLittleEndian = 3,
  kNellymoser16kHz = 4,
  kNellymoser8kHz = 5,
  kNellymoser = 6,
  kPcmA = 7,
  kPcmU = 8,
  kExtended = 9,
  kAac = 10,
  kSpeex = 11,
  kMp3At8kHz = 14,
};

enum class PacketType : std::uint8_t {
  kSequenceStart = 0,
  kCodedFrames = 1,
  kSequenceEnd = 2,
  kMultichannelConfig = 4,
  kMultitrack = 5,
};

constexpr std::array<std::uint32_t, 4> kSampleRates = {5512, 11025, 22050, 44100};

void SetFixed(AudioTag& tag, AudioCodec codec, std::uint32_t sample_rate) {
  tag.codec = codec;
  tag.sample_rate = sample_rate;
  tag.channels = 1;
}

/// Whether an ADTS header starts here (ISO/IEC 14496-3 §1.A.2.2: the sync word and layer 0).
bool IsAdts(ByteView data) {
  return data.size() >= 2 && data[0] == 0xff && (data[1] & 0xf6) == 0xf0;
}

Result<AudioTag> ParseAac(ByteReader& reader, AudioTag tag) {
  tag.codec = AudioCodec::kAac;
  if (IsAdts(reader.rest())) {  // written without the packet type
    tag.kind = AudioTag::Kind::kCodedFrame;
    tag.data = reader.rest();
    return tag;
  }
  const std::uint8_t packet_type = reader.ReadU8();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "audio tag: AAC packet type cut short");
  if (packet_type > 1) return tag;
  tag.kind = packet_type == 0 ? AudioTag::Kind::kSequenceHeader : AudioTag::Kind::kCodedFrame;
  tag.data = reader.rest();
  return tag;
}

Result<AudioTag> ParseLegacy(ByteReader& reader, std::uint8_t head) {
  AudioTag tag{.sound_format = static_cast<std::uint8_t>(head >> 4)};
  const auto format = static_cast<SoundFormat>(tag.sound_format);
  if (format == SoundFormat::kAac) return ParseAac(reader, tag);

  tag.kind = AudioTag::Kind::kCodedFrame;
  tag.data = reader.rest();
  const std::uint32_t flagged_rate = kSampleRates[head >> 2 & 0x03];
  const int flagged_channels = (head & 0x01) + 1;
  switch (format) {
    case SoundFormat::kPcmA:  // 8 kHz mono whatever the bits say
      SetFixed(tag, AudioCodec::kPcmA, 8000);
      break;
    case SoundFormat::kPcmU:
      SetFixed(tag, AudioCodec::kPcmU, 8000);
      break;
    case SoundFormat::kSpeex:
      SetFixed(tag, AudioCodec::kSpeex, 16000);
      break;
    case SoundFormat::kMp3:  // 48 kHz is flagged as 44.1: only the frame header is right
    case SoundFormat::kMp3At8kHz:
      tag.codec = AudioCodec::kMp3;
      break;
    case SoundFormat::kNellymoser16kHz:
      SetFixed(tag, AudioCodec::kNellymoser, 16000);
      break;
    case SoundFormat::kNellymoser8kHz:
      SetFixed(tag, AudioCodec::kNellymoser, 8000);
      break;
    case SoundFormat::kNellymoser:
      SetFixed(tag, AudioCodec::kNellymoser, flagged_rate);
      break;
    case SoundFormat::kAdpcm:
      SetFixed(tag, AudioCodec::kAdpcmSwf, flagged_rate);
      tag.channels = flagged_channels;
      break;
    case SoundFormat::kPcmPlatform:
    case SoundFormat::kPcmLittleEndian:
      tag.bits_per_sample = head & 0x02 ? 16 : 8;
      SetFixed(tag, tag.bits_per_sample == 16 ? AudioCodec::kPcmS16 : AudioCodec::kPcmU8,
               flagged_rate);
      tag.channels = flagged_channels;
      break;
    default:
      tag.sample_rate = flagged_rate;
      tag.channels = flagged_channels;
      break;
  }
  return tag;
}

Result<AudioTag> ParseExtendedBody(ByteReader reader, PacketType packet_type, AudioTag tag) {
  tag.codec = AudioCodecOf(tag.fourcc);
  switch (packet_type) {
    case PacketType::kSequenceStart:
      tag.kind = AudioTag::Kind::kSequenceHeader;
      break;
    case PacketType::kCodedFrames:
      tag.kind = AudioTag::Kind::kCodedFrame;
      break;
    case PacketType::kSequenceEnd:
      tag.kind = AudioTag::Kind::kEndOfSequence;
      break;
    case PacketType::kMultichannelConfig:
      tag.kind = AudioTag::Kind::kMultichannelConfig;
      reader.Skip(1);  // channel order
      tag.channels = reader.ReadU8();
      break;
    default:
      return tag;
  }
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "audio tag: MultichannelConfig cut short");
  tag.data = reader.rest();
  return tag;
}

Result<AudioTag> ParseExtended(ByteReader& reader, std::uint8_t head) {
  const auto mod_ex = ReadModEx(reader, head & 0x0F);
  if (!mod_ex) return Wrap("audio tag", mod_ex.error());
  const auto packet_type = static_cast<PacketType>(mod_ex->packet_type);
  AudioTag tag{.sound_format = static_cast<std::uint8_t>(head >> 4),
               .presentation_offset_ns = mod_ex->presentation_offset_ns};
  if (packet_type == PacketType::kMultitrack) {
    const auto track = ReadMultitrack(reader, static_cast<std::uint8_t>(PacketType::kMultitrack));
    if (!track) return Wrap("audio tag", track.error());
    tag.other_tracks = track->other_tracks;
    if (!track->present) return tag;
    tag.fourcc = track->fourcc;
    return ParseExtendedBody(ByteReader(track->body), static_cast<PacketType>(track->packet_type),
                             tag);
  }
  tag.fourcc = reader.ReadU32();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "audio tag: FourCC cut short");
  return ParseExtendedBody(ByteReader(reader.rest()), packet_type, tag);
}

}  // namespace

Result<AudioTag> ParseAudioTag(ByteView body) {
  ByteReader reader(body);
  const std::uint8_t head = reader.ReadU8();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "audio tag: empty");
  const bool extended = static_cast<SoundFormat>(head >> 4) == SoundFormat::kExtended;
  return extended ? ParseExtended(reader, head) : ParseLegacy(reader, head);
}

std::string CodecLabel(const AudioTag& tag) {
  if (tag.fourcc != 0) return "Enhanced RTMP codec \"" + ToText(tag.fourcc) + "\"";
  return "FLV sound format " + std::to_string(tag.sound_format);
}

}  // namespace ingress::flv
