// What a Redis server sends. The first byte says into how large pieces the stream is cut; the
// values must not depend on it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "rpc/resp.h"

namespace {

using namespace ingress;

struct Outcome {
  std::size_t values = 0;
  bool failed = false;

  bool operator==(const Outcome&) const = default;
};

Outcome Feed(ByteView data, std::size_t piece) {
  rpc::RespReader reader;
  Outcome outcome;
  while (!data.empty() && !outcome.failed) {
    const std::size_t size = std::min(piece, data.size());
    const auto values = reader.Receive(data.first(size));
    outcome.failed = !values;
    if (values) outcome.values += values->size();
    data = data.subspan(size);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView stream(data + 1, size - 1);
  const Outcome in_pieces = Feed(stream, std::size_t{data[0]} + 1);
  const Outcome at_once = Feed(stream, stream.size());
  // Values before a damage are handed out only when they came in a piece of their own.
  if (in_pieces.failed != at_once.failed) std::abort();
  if (!at_once.failed && in_pieces != at_once) std::abort();
  return 0;
}
