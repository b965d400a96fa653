#include <algorithm>

#include "ingress_ipc.pb.h"
#include "ipc/frame.h"

namespace {

/// Cuts `data` into frames, given in pieces of `step` bytes; returns the bytes of all frames.
std::size_t FrameBytes(ingress::ByteView data, std::size_t step) {
  ingress::ipc::FrameReader reader;
  std::size_t total = 0;
  while (!data.empty()) {
    const std::size_t size = std::min(step, data.size());
    reader.Receive(data.first(size));
    data = data.subspan(size);
    while (true) {
      const auto frame = reader.Next();
      if (!frame) return total;
      if (!*frame) break;
      const ingress::Bytes& text = (*frame)->message;
      total += text.size() + (*frame)->attachment.size() + ingress::ipc::kFrameHeaderSize;
      ingress::ipc::FromHandler message;
      (void)message.ParseFromArray(text.data(), static_cast<int>(text.size()));
    }
  }
  return total;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t whole = FrameBytes({data, size}, size + 1);
  if (whole > size) __builtin_trap();
  if (FrameBytes({data, size}, 3) != whole) __builtin_trap();  // however it arrives
  return 0;
}
