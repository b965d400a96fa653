#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// Audio object types of ISO/IEC 14496-3 table 1.17 that we name.
enum class AacObjectType : std::uint8_t {
  kMain = 1,
  kLc = 2,
  kSsr = 3,
  kLtp = 4,
  kSbr = 5,
  kLd = 23,
  kPs = 29,
  kEld = 39,
  kUsac = 42,
};

/// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1), the FLV sequence header of AAC.
struct AudioSpecificConfig {
  AacObjectType object_type = AacObjectType::kLc;  // of the core: kLc for HE-AAC
  int sample_rate = 0;                             // Hz, of the core coder
  int channel_config = 0;                          // 0: a program config element says it
  int channels = 0;                                // speakers of the core, 1 to 8; 0: not known
  int samples_per_frame = 1024;                    // of the core: 1024, 960, 512 or 480
  bool sbr = false;                                // HE-AAC, when signalled explicitly
  bool ps = false;                                 // HE-AAC v2, when signalled explicitly
  std::optional<int> extension_sample_rate;        // Hz after SBR, when signalled

  /// What a decoder will put out as far as the config tells; implicit SBR is not visible here.
  int output_sample_rate() const {
    return sbr && extension_sample_rate ? *extension_sample_rate : sample_rate;
  }
  int output_channels() const { return ps && channels == 1 ? 2 : channels; }
};

/// Reads what the syntax needs and ignores bytes behind it. A sync extension whose SBR flag is 0
/// (FFmpeg writes it for plain LC) is no HE-AAC.
/// Errors: kMalformed when truncated or with a reserved rate index.
Result<AudioSpecificConfig> ParseAudioSpecificConfig(ByteView config);

/// ADTS header (ISO/IEC 14496-3 §1.A.2.2): some encoders leave it on FLV's raw frames.
struct AdtsHeader {
  AacObjectType object_type = AacObjectType::kLc;
  int sample_rate = 0;
  int channel_config = 0;
  std::size_t header_size = 0;  // 7, or 9 with a CRC
  std::size_t frame_size = 0;   // with the header
  int raw_data_blocks = 1;      // of 1024 samples each, 1 to 4
};

/// Empty when `frame` does not start with a header whose frame fits in `frame`.
std::optional<AdtsHeader> ParseAdtsHeader(ByteView frame);

/// How long the ADTS frames that `frames` begins with play; zero without any.
std::chrono::nanoseconds AdtsDuration(ByteView frames);

/// The raw data block: `frame` itself, or what follows an ADTS header that spans all of `frame`.
ByteView StripAdts(ByteView frame);

/// Whether `frame` is one AudioSyncStream of LOAS (ISO/IEC 14496-3 §1.7.2): the sync word, and a
/// length that ends with it.
bool IsLoas(ByteView frame);

}  // namespace ingress::codec
