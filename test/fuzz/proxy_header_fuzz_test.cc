#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0];  // the first byte cuts the stream
  ByteView stream = ByteView(data, size).subspan(1);

  net::ProxyHeader header;
  std::size_t taken = 0;
  while (!stream.empty() && !header.done()) {
    ByteView part = stream.first(std::min(piece, stream.size()));
    const std::size_t given = part.size();
    if (!header.Receive(part)) return 0;
    if (!header.done() && !part.empty()) __builtin_trap();
    taken += given - part.size();
    stream = stream.subspan(given - part.size());
  }
  if (taken > net::ProxyHeader::kMaxBinary) __builtin_trap();
  if (header.source() && !header.done()) __builtin_trap();
  return 0;
}
