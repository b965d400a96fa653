#include "pipeline/route/opus_judge.h"

#include <chrono>

#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

constexpr auto kMaxPacket = std::chrono::milliseconds(60);  // more is not negotiated

}  // namespace

void OpusJudge::SetHeader(ByteView header) {
  objection_.reset();
  const auto head = codec::ParseOpusHead(header);
  if (!head) return;  // optional, and the packets say the rest themselves
  if (head->mapping_family != 0 || head->channels > 2) {
    objection_ = std::to_string(head->channels) + " channels must be mixed down";
  } else if (head->output_gain != 0) {
    objection_ = "its header asks for a gain";
  }
}

const std::optional<std::string>& OpusJudge::Look(ByteView packet) {
  if (objection_) return objection_;
  const auto duration = codec::OpusPacketDuration(packet);
  if (!duration) {
    objection_ = duration.error().context;
  } else if (*duration > kMaxPacket) {
    objection_ = "packets of " + std::to_string(*duration / std::chrono::milliseconds(1)) + " ms";
  } else if (channels_ == 1 && codec::OpusPacketIsStereo(packet)) {
    objection_ = "stereo, and mono is asked for";
  }
  return objection_;
}

}  // namespace ingress::pipeline
