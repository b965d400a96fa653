#include "rtp_receive/frame_assembler.h"

#include <string>

namespace ingress::rtp_receive {

void FrameAssembler::OnOrdered(const OrderedPacket& packet) {
  if (packet.after_gap) OnGap(packet);
  if (packet.payload.empty()) return;
  if (open_ && packet.timestamp != frame_.timestamp) Close();
  if (!open_) Open(packet);
  if (frame_.whole) Add(packet.payload);
  if (open_ && packet.marker) Close();
}

void FrameAssembler::OnGap(const OrderedPacket& packet) {
  if (!open_) {
    gap_ = true;
    return;
  }
  Spoil(std::nullopt);
  if (!packet.payload.empty() && packet.timestamp == frame_.timestamp) return;
  // Its end is lost, and nobody knows what else.
  frame_.loss_within = false;
  Close();
  gap_ = true;
}

void FrameAssembler::Open(const OrderedPacket& packet) {
  open_ = true;
  frame_ = {.timestamp = packet.timestamp,
            .arrival = packet.arrival,
            .after_gap = std::exchange(gap_, false)};
  frame_.data.reserve(usual_size_);
  depacketizer_->Begin();
  if (!frame_.after_gap || depacketizer_->BeginsFrame(packet.payload)) return;
  frame_.loss_within = false;
  Spoil(std::nullopt);
}

void FrameAssembler::Add(ByteView payload) {
  if (frame_.data.size() + payload.size() > kMaxReceivedFrame) {
    // It may have no end.
    Spoil(Error{ErrorCode::kLimitExceeded,
                "rtp: frame of more than " + std::to_string(kMaxReceivedFrame) + " bytes"});
    frame_.loss_within = false;
    Close();
    gap_ = true;
    return;
  }
  if (auto added = depacketizer_->Add(payload, frame_.data); !added) {
    Spoil(std::move(added.error()));
  }
}

void FrameAssembler::Spoil(std::optional<Error> problem) {
  if (!frame_.whole) return;
  frame_.whole = false;
  frame_.problem = std::move(problem);
  frame_.data = {};
}

void FrameAssembler::Close() {
  open_ = false;
  if (frame_.whole) {
    if (auto info = depacketizer_->Finish(frame_.data)) {
      frame_.info = *info;
    } else {
      Spoil(std::move(info.error()));
    }
  }
  if (!frame_.whole) frame_.info = depacketizer_->info();
  if (frame_.whole && frame_.data.empty()) {  // delimiters alone
    gap_ = frame_.after_gap;
    return;
  }
  if (frame_.whole) usual_size_ = frame_.data.size() + frame_.data.size() / 4;
  done_.push_back(std::move(frame_));
  frame_ = {};
}

}  // namespace ingress::rtp_receive
