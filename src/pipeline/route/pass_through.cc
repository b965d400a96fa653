#include "pipeline/route/pass_through.h"

#include <utility>

#include "codec/access_unit.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "pipeline/source/video_message.h"

namespace ingress::pipeline {
Result<void> PassThrough::SetConfig(const codec::AvcConfig& config) {
  codec::AvcConfig rewritten = config;
  for (Bytes& sps : rewritten.sps) {
    auto changed = codec::WithoutReordering(sps);
    if (!changed) return Wrap("H.264 SPS for pass-through", changed.error());
    sps = std::move(*changed);
  }
  parameter_sets_ = codec::ParameterSetsAsAnnexB(rewritten);
  return {};
}

EncodedFrame PassThrough::Frame(std::shared_ptr<const SourcePicture> picture,
                                SessionTime pts) const {
  EncodedFrame frame{.payload = {}, .pts = pts, .duration = {}, .key_frame = picture->idr};
  if (picture->idr || picture->new_sets) frame.payload = parameter_sets_;
  codec::LengthPrefixedReader units(picture->payload(), VideoMessage::kLengthSize);
  // More than kMaxNalUnits are refused where packets are made of them.
  while (const auto nal = frame.units.size() <= kMaxNalUnits ? units.Next() : std::nullopt) {
    if (codec::IsForDecoders(VideoCodec::kH264, *nal)) frame.units.push_back(*nal);
  }
  frame.owner = std::move(picture);
  return frame;
}

}  // namespace ingress::pipeline
