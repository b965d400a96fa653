#include "pipeline/source/video_message.h"

#include <utility>

#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/hevc.h"

namespace ingress::pipeline {
namespace {

using Kind = flv::VideoTag::Kind;

bool HasUnits(const flv::VideoTag& tag) {
  return tag.codec == VideoCodec::kH264 || tag.codec == VideoCodec::kHevc;
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

VideoMessage VideoMessageReader::Read(const flv::VideoTag& tag, Bytes body,
                                      std::uint32_t timestamp) {
  VideoMessage message{.tag = tag, .body = std::move(body), .timestamp = timestamp};
  if (tag.kind == Kind::kSequenceHeader) OnConfig(tag);
  if (!message.coded()) return message;
  if (HasUnits(tag)) ReadUnits(message);
  // Other tracks of a multitrack body lie behind the data.
  const auto at = static_cast<std::size_t>(message.tag.data.data() - message.body.data());
  message.body.resize(at + message.tag.data.size());
  return message;
}

void VideoMessageReader::OnConfig(const flv::VideoTag& tag) {
  if (tag.codec == VideoCodec::kH264) {
    if (const auto config = codec::ParseAvcConfig(tag.data)) {
      avc_.announced = config->nal_length_size;
    }
  }
  if (tag.codec == VideoCodec::kHevc) {
    if (const auto config = codec::ParseHevcConfig(tag.data)) {
      hevc_.announced = config->nal_length_size;
    }
  }
}

void VideoMessageReader::ReadUnits(VideoMessage& message) {
  flv::VideoTag& tag = message.tag;
  Lengths& lengths = tag.codec == VideoCodec::kHevc ? hevc_ : avc_;
  std::optional<Bytes> rewritten;
  if (codec::LooksLikeAnnexB(tag.data)) {
    rewritten = codec::ToLengthPrefixed(tag.data);
    message.units = codec::InspectLengthPrefixed(*tag.codec, *rewritten, VideoMessage::kLengthSize);
  } else {
    message.units = Inspect(tag, lengths);
    const int length_size = lengths.working.value_or(lengths.announced);
    if (length_size != VideoMessage::kLengthSize && !message.units->damaged) {
      rewritten = WithLongLengths(tag.data, length_size);
    }
  }
  if (!rewritten) return;
  message.body = std::move(*rewritten);
  tag.data = message.body;
}

/// With the lengths that have worked, or, when they do not, with others that do.
codec::AccessUnitInfo VideoMessageReader::Inspect(const flv::VideoTag& tag, Lengths& lengths) {
  const int usual = lengths.working.value_or(lengths.announced);
  const auto info = codec::InspectLengthPrefixed(*tag.codec, tag.data, usual);
  if (!info.damaged) {
    lengths.working = usual;
    return info;
  }
  for (const int other : {lengths.announced, VideoMessage::kLengthSize}) {
    if (other == usual) continue;
    const auto again = codec::InspectLengthPrefixed(*tag.codec, tag.data, other);
    if (again.damaged || again.slices == 0) continue;
    lengths.working = other;
    return again;
  }
  return info;
}

}  // namespace ingress::pipeline
