#include "rtc/packet_batch.h"

namespace ingress::rtc {

void PacketBatch::SendRtp(ByteView packet) { Add(srtp_.ProtectRtp(packet, Free())); }

void PacketBatch::SendRtcp(ByteView packet) { Add(srtp_.ProtectRtcp(packet, Free())); }

void PacketBatch::Add(const Result<std::size_t>& protected_size) {
  if (!protected_size) {  // it is lost, as on the way
    ++refused_.packets;
    refused_.why = protected_size.error().context;
    return;
  }
  waiting_.at(count_++) = ByteView(memory_).subspan(used_, *protected_size);
  used_ += *protected_size;
  if (count_ == waiting_.size()) Flush();
}

void PacketBatch::Flush() {
  if (count_ == 0) return;
  ice_.Send(std::span(waiting_).first(count_));
  used_ = 0;
  count_ = 0;
}

}  // namespace ingress::rtc
