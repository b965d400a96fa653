#include "codec/aac.h"
#include "codec/opus.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const ByteView bytes(data, size);
  codec::ParseOpusHead(bytes);
  codec::OpusPacketDuration(bytes);
  if (codec::StripAdts(bytes).size() > size) __builtin_trap();
  const auto config = codec::ParseAudioSpecificConfig(bytes);
  if (!config) return 0;
  if (config->sample_rate <= 0 || config->channels < 0 || config->channels > 8) __builtin_trap();
  return 0;
}
