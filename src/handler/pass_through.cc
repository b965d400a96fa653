#include "handler/pass_through.h"

#include <utility>

#include "codec/h264.h"
#include "codec/h264_sps.h"

namespace ingress::handler {
namespace {

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

EncodedFrame PassThrough::Frame(std::shared_ptr<const SourcePicture> picture,
                                SessionTime pts) const {
  EncodedFrame frame{.payload = {}, .pts = pts, .duration = {}, .key_frame = picture->idr};
  if (picture->idr) frame.payload = parameter_sets_;
  codec::LengthPrefixedReader units(picture->payload(), nal_length_size_);
  // More than kMaxNalUnits are refused where packets are made of them.
  while (const auto nal = frame.units.size() <= kMaxNalUnits ? units.Next() : std::nullopt) {
    if (IsForViewers(*nal)) frame.units.push_back(*nal);
  }
  frame.owner = std::move(picture);
  return frame;
}

}  // namespace ingress::handler
