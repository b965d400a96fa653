#include "codec/aac.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "codec/bit_reader.h"

namespace ingress::codec {
namespace {

/// ISO/IEC 14496-3 table 1.18; 13 and 14 are reserved, 15 stands for an explicit rate.
constexpr std::array<int, 13> kSampleRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                              22050, 16000, 12000, 11025, 8000,  7350};
constexpr std::uint32_t kExplicitRate = 15;

/// Speakers by channelConfiguration, table 1.19 and the later additions 11, 12 and 14.
constexpr std::array<int, 16> kChannels = {0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8, 0};

constexpr std::uint32_t kSyncExtension = 0x2b7;
constexpr std::uint32_t kPsSyncExtension = 0x548;
constexpr std::size_t kAdtsHeaderSize = 7;

std::uint32_t ReadObjectType(BitReader& reader) {
  const std::uint32_t type = reader.ReadBits(5);
  return type == 31 ? 32 + reader.ReadBits(6) : type;
}

/// Zero for a reserved index.
int ReadSampleRate(BitReader& reader) {
  const std::uint32_t index = reader.ReadBits(4);
  if (index == kExplicitRate) return static_cast<int>(reader.ReadBits(24));
  return index < kSampleRates.size() ? kSampleRates[index] : 0;
}

/// The speakers a program_config_element names (ISO/IEC 14496-3 §4.4.1.1).
int ReadProgramConfigChannels(BitReader& reader) {
  reader.Skip(4 + 2 + 4);  // element_instance_tag, object_type, sampling_frequency_index
  const std::uint32_t front = reader.ReadBits(4);
  const std::uint32_t side = reader.ReadBits(4);
  const std::uint32_t back = reader.ReadBits(4);
  const std::uint32_t lfe = reader.ReadBits(2);
  reader.Skip(3 + 4);                     // num_assoc_data_elements, num_valid_cc_elements
  if (reader.ReadFlag()) reader.Skip(4);  // mono_mixdown_element_number
  if (reader.ReadFlag()) reader.Skip(4);  // stereo_mixdown_element_number
  if (reader.ReadFlag()) reader.Skip(3);  // matrix_mixdown_idx, pseudo_surround_enable
  std::uint32_t channels = lfe;
  for (std::uint32_t i = 0; i < front + side + back; ++i) {
    channels += reader.ReadFlag() ? 2 : 1;
    reader.Skip(4);
  }
  return reader.ok() && channels <= 8 ? static_cast<int>(channels) : 0;
}

/// GASpecificConfig, as far as it matters (§4.4.1).
void ReadGeneralAudio(BitReader& reader, std::uint32_t object_type, AudioSpecificConfig& config) {
  const bool short_frames = reader.ReadFlag();
  if (object_type == std::to_underlying(AacObjectType::kLd)) {
    config.samples_per_frame = short_frames ? 480 : 512;
  } else {
    config.samples_per_frame = short_frames ? 960 : 1024;
  }
  if (reader.ReadFlag()) reader.Skip(14);  // coreCoderDelay
  reader.Skip(1);                          // extensionFlag
  if (config.channel_config == 0) config.channels = ReadProgramConfigChannels(reader);
}

/// Backward compatible signalling behind the core's config (§1.6.5.2).
void ReadSyncExtension(BitReader& reader, AudioSpecificConfig& config) {
  if (reader.remaining() < 16 || reader.ReadBits(11) != kSyncExtension) return;
  if (ReadObjectType(reader) != std::to_underlying(AacObjectType::kSbr)) return;
  if (!reader.ReadFlag()) return;
  const int rate = ReadSampleRate(reader);
  if (!reader.ok() || rate == 0) return;
  config.sbr = true;
  config.extension_sample_rate = rate;
  if (reader.remaining() >= 12 && reader.ReadBits(11) == kPsSyncExtension) {
    config.ps = reader.ReadFlag();
  }
}

bool IsGeneralAudio(std::uint32_t object_type) {
  return (object_type >= 1 && object_type <= 4) || object_type == 6 || object_type == 7 ||
         object_type == 17 || (object_type >= 19 && object_type <= 23);
}

}  // namespace

Result<AudioSpecificConfig> ParseAudioSpecificConfig(ByteView bytes) {
  BitReader reader(bytes);
  AudioSpecificConfig config;
  std::uint32_t object_type = ReadObjectType(reader);
  config.sample_rate = ReadSampleRate(reader);
  config.channel_config = static_cast<int>(reader.ReadBits(4));
  config.channels = kChannels[static_cast<std::size_t>(config.channel_config)];
  const bool explicit_sbr = object_type == std::to_underlying(AacObjectType::kSbr) ||
                            object_type == std::to_underlying(AacObjectType::kPs);
  if (explicit_sbr) {
    config.sbr = true;
    config.ps = object_type == std::to_underlying(AacObjectType::kPs);
    config.extension_sample_rate = ReadSampleRate(reader);
    object_type = ReadObjectType(reader);
  }
  if (!reader.ok() || object_type == 0 || config.sample_rate == 0 ||
      config.extension_sample_rate == 0) {
    return Fail(ErrorCode::kMalformed,
                "AudioSpecificConfig of " + std::to_string(bytes.size()) + " bytes");
  }
  config.object_type = static_cast<AacObjectType>(object_type);
  if (IsGeneralAudio(object_type)) {
    // The bits behind the first two bytes are often cut off; decoders take zeros for them.
    ReadGeneralAudio(reader, object_type, config);
    if (reader.ok() && !explicit_sbr) ReadSyncExtension(reader, config);
  } else if (object_type == std::to_underlying(AacObjectType::kEld)) {
    config.samples_per_frame = reader.ReadFlag() ? 480 : 512;
  }
  return config;
}

std::optional<AdtsHeader> ParseAdtsHeader(ByteView frame) {
  if (frame.size() < kAdtsHeaderSize) return std::nullopt;
  BitReader reader(frame);
  if (reader.ReadBits(12) != 0xfff) return std::nullopt;
  reader.Skip(1);                                    // ID: MPEG-4 or MPEG-2
  if (reader.ReadBits(2) != 0) return std::nullopt;  // layer
  const bool no_crc = reader.ReadFlag();
  AdtsHeader header;
  header.object_type = static_cast<AacObjectType>(reader.ReadBits(2) + 1);
  const std::uint32_t rate = reader.ReadBits(4);
  reader.Skip(1);  // private_bit
  header.channel_config = static_cast<int>(reader.ReadBits(3));
  reader.Skip(4);  // original_copy, home, copyright bits
  header.frame_size = reader.ReadBits(13);
  reader.Skip(11);  // adts_buffer_fullness
  header.raw_data_blocks = static_cast<int>(reader.ReadBits(2)) + 1;
  header.header_size = no_crc ? kAdtsHeaderSize : kAdtsHeaderSize + 2;
  if (rate >= kSampleRates.size() || header.frame_size < header.header_size ||
      header.frame_size > frame.size()) {
    return std::nullopt;
  }
  header.sample_rate = kSampleRates[rate];
  return header;
}

std::chrono::nanoseconds AdtsDuration(ByteView frames) {
  constexpr std::int64_t kSamples = 1024;
  std::chrono::nanoseconds duration{0};
  while (const auto header = ParseAdtsHeader(frames)) {
    duration += std::chrono::nanoseconds(header->raw_data_blocks * kSamples * std::nano::den /
                                         header->sample_rate);
    frames = frames.subspan(header->frame_size);
  }
  return duration;
}

ByteView StripAdts(ByteView frame) {
  const auto header = ParseAdtsHeader(frame);
  if (!header || header->frame_size != frame.size()) return frame;
  return frame.subspan(header->header_size);
}

bool IsLoas(ByteView frame) {
  constexpr std::uint32_t kSyncWord = 0x2b7;
  constexpr std::size_t kHeaderSize = 3;
  BitReader reader(frame);
  if (frame.size() <= kHeaderSize || reader.ReadBits(11) != kSyncWord) return false;
  return kHeaderSize + reader.ReadBits(13) == frame.size();
}

}  // namespace ingress::codec
