#include "pipeline/route/opus_eligibility.h"

#include <chrono>

#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

constexpr auto kMaxPacket = std::chrono::milliseconds(60);  // more is not negotiated

}  // namespace

void OpusEligibility::SetHeader(ByteView header) {
  ineligible_.reset();
  const auto head = codec::ParseOpusHead(header);
  if (!head) return;  // optional, and the packets say the rest themselves
  if (head->mapping_family != 0 || head->channels > 2) {
    ineligible_ = std::to_string(head->channels) + " channels must be mixed down";
  } else if (head->output_gain != 0) {
    ineligible_ = "its header asks for a gain";
  }
}

const std::optional<std::string>& OpusEligibility::Check(ByteView packet) {
  if (ineligible_) return ineligible_;
  const auto duration = codec::OpusPacketDuration(packet);
  if (!duration) {
    ineligible_ = duration.error().context;
  } else if (*duration > kMaxPacket) {
    ineligible_ = "packets of " + std::to_string(*duration / std::chrono::milliseconds(1)) + " ms";
  } else if (channels_ == 1 && codec::OpusPacketIsStereo(packet)) {
    ineligible_ = "stereo, and mono is asked for";
  }
  return ineligible_;
}

}  // namespace ingress::pipeline
