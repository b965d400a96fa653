#include "codec/av1.h"
#include "codec/sei.h"
#include "codec/stream_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  if (size < 1) return 0;
  const auto codec = static_cast<VideoCodec>(data[0] % 5);
  const ByteView body(data + 1, size - 1);
  const codec::PictureInfo info = codec::InspectPicture(codec, body, 4);
  if (info.format && codec != VideoCodec::kH264) {
    if (info.format->width < 1 || info.format->width > codec::kMaxPictureSide) __builtin_trap();
    if (info.format->height < 1 || info.format->height > codec::kMaxPictureSide) __builtin_trap();
  }
  (void)codec::ParseStreamFormat(codec, body);
  (void)codec::FindDisplayOrientation(body, codec == VideoCodec::kHevc);

  // Units never overlap and never leave the body.
  codec::ObuReader units(body);
  std::size_t seen = 0;
  while (const auto unit = units.Next()) seen += unit->payload.size() + 1;
  if (seen > body.size()) __builtin_trap();
  return 0;
}
