#include "pipeline/source/video_message.h"

#include <utility>

#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/hevc.h"

namespace ingress::pipeline {
namespace {

using Kind = stream::VideoUnit::Kind;
using NalFraming = stream::VideoUnit::NalFraming;

bool HasNalUnits(const stream::VideoUnit& unit) {
  return unit.codec == VideoCodec::kH264 || unit.codec == VideoCodec::kHevc;
}

/// The units behind lengths of four bytes in place of `length_size`.
Bytes WithLongLengths(ByteView data, int length_size) {
  Bytes out;
  out.reserve(data.size() + data.size() / 8);
  codec::LengthPrefixedReader reader(data, length_size);
  while (const auto nal = reader.Next()) codec::AppendLengthPrefixed(*nal, out);
  return out;
}

}  // namespace

VideoMessage VideoMessageReader::Read(stream::VideoUnit unit) {
  if (unit.kind == Kind::kFormat) OnConfig(unit);
  VideoMessage message{.unit = std::move(unit)};
  if (message.coded() && HasNalUnits(message.unit)) ReadNalUnits(message);
  return message;
}

void VideoMessageReader::OnConfig(const stream::VideoUnit& unit) {
  if (unit.codec == VideoCodec::kH264) {
    if (const auto config = codec::ParseAvcConfig(unit.payload.view())) {
      avc_.announced = config->nal_length_size;
    }
  }
  if (unit.codec == VideoCodec::kHevc) {
    if (const auto config = codec::ParseHevcConfig(unit.payload.view())) {
      hevc_.announced = config->nal_length_size;
    }
  }
}

void VideoMessageReader::ReadNalUnits(VideoMessage& message) {
  stream::VideoUnit& unit = message.unit;
  const VideoCodec codec = *unit.codec;
  const ByteView data = unit.payload.view();
  Lengths& lengths = codec == VideoCodec::kHevc ? hevc_ : avc_;
  std::optional<Bytes> rewritten;
  if (unit.framing == NalFraming::kAnnexB || codec::LooksLikeAnnexB(data)) {
    rewritten = codec::ToLengthPrefixed(data);
    message.nal_units = codec::InspectLengthPrefixed(codec, *rewritten, VideoMessage::kLengthSize);
  } else {
    message.nal_units = Inspect(codec, data, lengths);
    const int length_size = lengths.working.value_or(lengths.announced);
    if (length_size != VideoMessage::kLengthSize && !message.nal_units->damaged) {
      rewritten = WithLongLengths(data, length_size);
    }
  }
  unit.framing = NalFraming::kLengthPrefixed;
  if (rewritten) unit.payload = stream::Payload(std::move(*rewritten));
}

/// With the lengths that have worked, or, when they do not, with others that do.
codec::AccessUnitInfo VideoMessageReader::Inspect(VideoCodec codec, ByteView data,
                                                  Lengths& lengths) {
  const int usual = lengths.working.value_or(lengths.announced);
  const auto info = codec::InspectLengthPrefixed(codec, data, usual);
  if (!info.damaged) {
    lengths.working = usual;
    return info;
  }
  for (const int other : {lengths.announced, VideoMessage::kLengthSize}) {
    if (other == usual) continue;
    const auto again = codec::InspectLengthPrefixed(codec, data, other);
    if (again.damaged || again.slices == 0) continue;
    lengths.working = other;
    return again;
  }
  return info;
}

}  // namespace ingress::pipeline
