#include "rtp_receive/reference_chain.h"

#include <utility>

namespace ingress::rtp_receive {

bool ReferenceChain::Passes(const ReceivedFrame& frame) {
  const bool gap = started_ && frame.after_gap && !NothingLostBefore(frame);
  const bool harmless = frame.whole || (frame.loss_within && frame.info.disposable);
  started_ = true;
  picture_id_ = frame.info.picture_id;
  if (gap || !harmless) broken_ = true;
  if (!frame.whole) return false;
  if (frame.info.key_frame) {
    resumed_ = std::exchange(broken_, false) || resumed_;
    return true;
  }
  if (broken_) return false;
  if (frame.info.leading) return !resumed_;
  resumed_ = false;
  return true;
}

bool ReferenceChain::NothingLostBefore(const ReceivedFrame& frame) const {
  if (!picture_id_ || !frame.info.picture_id) return false;
  const std::uint32_t mask = (1U << frame.info.picture_id_bits) - 1;
  return *frame.info.picture_id == ((*picture_id_ + 1U) & mask);
}

}  // namespace ingress::rtp_receive
