#include "rtp_receive/decoder_configuration.h"

#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/hevc.h"

namespace ingress::rtp_receive {
namespace {

Bytes AvcConfiguration(const std::vector<Bytes>& parameter_sets) {
  codec::AvcConfig config;
  for (const Bytes& nal : parameter_sets) {
    const codec::NalType type = codec::TypeOf(nal);
    if (type == codec::NalType::kSps) config.sps.push_back(nal);
    if (type == codec::NalType::kPps) config.pps.push_back(nal);
  }
  if (config.sps.empty()) return {};
  const auto sps = codec::ParseSps(config.sps.front());
  if (!sps) return {};
  config.profile_idc = sps->profile_idc;
  config.constraint_flags = sps->constraint_flags;
  config.level_idc = sps->level_idc;
  return codec::SerializeAvcConfig(config);
}

}  // namespace

Bytes DecoderConfiguration(VideoCodec codec, const std::vector<Bytes>& parameter_sets) {
  if (parameter_sets.empty()) return {};
  if (codec == VideoCodec::kH264) return AvcConfiguration(parameter_sets);
  if (codec == VideoCodec::kHevc) {
    return codec::SerializeHevcConfig({.parameter_sets = parameter_sets});
  }
  return {};
}

}  // namespace ingress::rtp_receive
