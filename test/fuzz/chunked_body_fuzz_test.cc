#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "relay_client/chunked_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0];  // the first byte cuts the stream
  ByteView stream = ByteView(data, size).subspan(1);

  relay_client::ChunkedBody body;
  std::size_t content = 0;
  while (!stream.empty()) {
    const ByteView part = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(part.size());
    const auto taken = body.Receive(part, [&content](ByteView run) -> Result<void> {
      content += run.size();
      return {};
    });
    if (content > size) __builtin_trap();
    if (!taken) break;
  }
  return 0;
}
