#include <chrono>
#include <utility>
#include <variant>

#include "base/byte_reader.h"
#include "codec/h264.h"
#include "pipeline/source/composition_time.h"
#include "pipeline/source/video_input.h"
#include "relay_client/flv_unit.h"

namespace {

using namespace ingress;
using pipeline::SourcePicture;

void Check(const SourcePicture& picture, const pipeline::VideoFormat& format) {
  const auto ahead = std::chrono::abs(picture.pts - picture.dts);
  if (ahead > pipeline::CompositionTime::kMax + std::chrono::milliseconds(1)) __builtin_trap();
  if (format.width < 1 || format.height < 1) __builtin_trap();
  if (format.codec != VideoCodec::kH264 && format.codec != VideoCodec::kHevc) return;
  // Decoders and packetisers walk it without looking for damage.
  codec::LengthPrefixedReader units(picture.payload(), pipeline::VideoMessage::kLengthSize);
  while (units.Next()) {
  }
  if (units.damaged()) __builtin_trap();
}

}  // namespace

/// Messages: a byte of time, two of size, the tag's body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pipeline::VideoInput input(observability::Logger::Null());
  ByteReader reader(ByteView(data, size));
  TimePoint now{std::chrono::seconds(1000)};
  std::uint32_t timestamp = 0;
  const auto take = [&] {
    while (const auto output = input.Next(now)) {
      if (output->picture) Check(*output->picture, *input.source().format());
      if (output->problem && output->problem->code == ErrorCode::kInternal) __builtin_trap();
    }
  };
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint8_t step = reader.ReadU8();
    const std::size_t body_size = reader.ReadU16();
    const ByteView body = reader.ReadBytes(std::min(body_size, reader.remaining()));
    now += std::chrono::milliseconds(step);
    timestamp += step;
    auto unit = relay_client::MakeUnit({.type = flv::TagType::kVideo,
                                        .timestamp = timestamp,
                                        .payload = Bytes(body.begin(), body.end())});
    if (!unit) continue;
    if (const auto* unreadable = std::get_if<stream::Unreadable>(&*unit)) {
      input.OnUnreadable(unreadable->why, now);
      continue;
    }
    input.Push(input.Read(std::get<stream::VideoUnit>(std::move(*unit))),
               {.time = std::chrono::milliseconds(timestamp), .live = true}, now);
    input.Poll(now);
    take();
  }
  input.OnConnection();
  take();
  return 0;
}
