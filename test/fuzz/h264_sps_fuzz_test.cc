#include "codec/decoder_memory.h"
#include "codec/h264_sps.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const ByteView nal(data, size);
  codec::ParsePps(nal);
  const auto sps = codec::ParseSps(nal);
  if (!sps) return 0;
  if (sps->width <= 0 || sps->display_size().width < sps->width) __builtin_trap();
  const codec::DecoderNeed need = codec::NeedOf(*sps);
  if (codec::CheckDecoderNeed(need, codec::kDefaultMaxInputPixels) &&
      codec::DecoderMemory(need) > codec::DecoderBudget(codec::kDefaultMaxInputPixels)) {
    __builtin_trap();
  }

  const auto rewritten = codec::WithoutReordering(nal);
  if (!rewritten) __builtin_trap();
  const auto again = codec::ParseSps(*rewritten);
  if (!again || again->max_num_reorder_frames != 0) __builtin_trap();
  if (again->width != sps->width || again->height != sps->height) __builtin_trap();
  const codec::ColourInfo colour{.full_range = true, .primaries = 9, .transfer = 16, .matrix = 9};
  const auto coloured = codec::WithColour(nal, colour);
  if (!coloured) __builtin_trap();
  const auto info = codec::ParseSps(*coloured);
  if (!info || info->colour != colour || info->width != sps->width) __builtin_trap();
  return 0;
}
