#include "handler/pass_through.h"

#include <array>
#include <utility>

#include "codec/h264.h"
#include "codec/h264_sps.h"

namespace ingress::handler {
namespace {

constexpr std::array<std::uint8_t, 4> kStartCode = {0, 0, 0, 1};
constexpr std::uint8_t kSeiRegisteredUserData = 4;  // ITU-T T.35: captions

/// Whether a viewer's decoder has a use for the unit.
bool IsForViewers(ByteView nal) {
  switch (codec::TypeOf(nal)) {
    case codec::NalType::kAud:
    case codec::NalType::kFiller:
    case codec::NalType::kEndOfSequence:
    case codec::NalType::kEndOfStream:
    case codec::NalType::kSps:
    case codec::NalType::kPps:
      return false;
    case codec::NalType::kSei:
      return nal.size() > 1 && nal[1] == kSeiRegisteredUserData;
    default:
      return true;
  }
}

}  // namespace

Result<void> PassThrough::SetConfig(const codec::AvcConfig& config) {
  codec::AvcConfig rewritten = config;
  for (Bytes& sps : rewritten.sps) {
    auto changed = codec::WithoutReordering(sps);
    if (!changed) return Wrap("H.264 SPS for pass-through", changed.error());
    sps = std::move(*changed);
  }
  parameter_sets_ = codec::ParameterSetsAsAnnexB(rewritten);
  nal_length_size_ = config.nal_length_size;
  return {};
}

EncodedFrame PassThrough::Frame(const SourcePicture& picture, SessionTime pts) const {
  EncodedFrame frame{.payload = {}, .pts = pts, .duration = {}, .key_frame = picture.idr};
  frame.payload.reserve(picture.coded.payload.size() + 64 +
                        (picture.idr ? parameter_sets_.size() : 0));
  if (picture.idr) frame.payload = parameter_sets_;
  codec::LengthPrefixedReader units(picture.coded.payload, nal_length_size_);
  while (const auto nal = units.Next()) {
    if (!IsForViewers(*nal)) continue;
    frame.payload.insert(frame.payload.end(), kStartCode.begin(), kStartCode.end());
    frame.payload.insert(frame.payload.end(), nal->begin(), nal->end());
  }
  return frame;
}

}  // namespace ingress::handler
