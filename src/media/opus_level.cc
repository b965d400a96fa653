#include "media/opus_level.h"

#include <opus.h>

#include <span>

#include "media/audio_level.h"

namespace ingress::media {
namespace {

constexpr int kRate = 8'000;                          // Hz
constexpr std::size_t kLongest = kRate * 120 / 1000;  // samples: 120 ms

}  // namespace

void OpusLevel::Destroy::operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }

OpusLevel::OpusLevel() : decoder_(opus_decoder_create(kRate, 1, nullptr)), samples_(kLongest) {}

int OpusLevel::LevelOf(ByteView packet) {
  constexpr int kSilence = 127;
  if (!decoder_) return kSilence;
  const int count =
      opus_decode_float(decoder_.get(), packet.data(), static_cast<opus_int32>(packet.size()),
                        samples_.data(), static_cast<int>(kLongest), 0);
  if (count <= 0) return kSilence;
  return AudioLevel(std::span(samples_).first(static_cast<std::size_t>(count)));
}

}  // namespace ingress::media
