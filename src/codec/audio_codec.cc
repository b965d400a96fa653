#include "codec/audio_codec.h"

#include <array>
#include <cstddef>

namespace ingress::codec {
namespace {

struct Names {
  AudioCodec codec;
  std::string_view name;
  std::string_view mime_type;
};

constexpr auto kNames = std::to_array<Names>({
    {AudioCodec::kAac, "AAC", "audio/aac"},
    {AudioCodec::kAacAdts, "AAC in ADTS", "audio/aac"},
    {AudioCodec::kAacLatm, "AAC in LATM", "audio/aac"},
    {AudioCodec::kOpus, "Opus", "audio/opus"},
    {AudioCodec::kMp3, "MP3", "audio/mpeg"},
    {AudioCodec::kFlac, "FLAC", "audio/flac"},
    {AudioCodec::kAc3, "AC-3", "audio/ac3"},
    {AudioCodec::kEac3, "E-AC-3", "audio/eac3"},
    {AudioCodec::kSpeex, "Speex", "audio/x-speex"},
    {AudioCodec::kNellymoser, "Nellymoser", "audio/x-nellymoser"},
    {AudioCodec::kAdpcmSwf, "ADPCM", "audio/x-adpcm"},
    {AudioCodec::kPcmA, "G.711", "audio/x-alaw"},
    {AudioCodec::kPcmU, "G.711", "audio/x-mulaw"},
    {AudioCodec::kPcmU8, "PCM", "audio/pcm"},
    {AudioCodec::kPcmS16, "PCM", "audio/pcm"},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<std::size_t>(kNames.at(i).codec) != i) return false;
  }
  return kNames.size() == static_cast<std::size_t>(AudioCodec::kPcmS16) + 1;
}
static_assert(InOrder(), "the names are indexed by codec");

}  // namespace

std::string_view NameOf(AudioCodec codec) {
  return kNames.at(static_cast<std::size_t>(codec)).name;
}

std::string_view MimeTypeOf(AudioCodec codec) {
  return kNames.at(static_cast<std::size_t>(codec)).mime_type;
}

}  // namespace ingress::codec
