#include "codec/decoder_memory.h"
#include "codec/hevc_sps.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const auto sps = codec::ParseHevcSps(ByteView(data, size));
  if (!sps) return 0;
  if (sps->width <= 0 || sps->height <= 0) __builtin_trap();
  if (sps->coded_width < sps->width || sps->coded_height < sps->height) __builtin_trap();
  const codec::DecoderNeed need = codec::NeedOf(*sps);
  if (codec::CheckDecoderNeed(need, codec::kDefaultMaxInputPixels) &&
      codec::DecoderMemory(need) > codec::DecoderBudget(codec::kDefaultMaxInputPixels)) {
    __builtin_trap();
  }
  if (sps->sar.width <= 0 || sps->sar.height <= 0) __builtin_trap();
  const codec::DisplaySize shown = codec::WithSquarePixels(sps->width, sps->height, sps->sar);
  if (shown.width < sps->width || shown.height < sps->height) __builtin_trap();
  return 0;
}
