#include "rpc/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>

namespace ingress::rpc {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib.h, inflateInit2: no zlib or raw streams
constexpr std::size_t kFirstStep = 16 * 1024;

struct EndInflate {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

Result<Bytes> Gunzip(ByteView packed, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Fail(ErrorCode::kInternal, "gzip: init");
  const std::unique_ptr<z_stream, EndInflate> guard(&stream);
  stream.next_in = const_cast<Bytef*>(packed.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(packed.size());

  Bytes out;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t used = stream.total_out;
    // One byte more than allowed tells "too large" from "just fits".
    out.resize(std::min(limit + 1, std::max(kFirstStep, out.size() * 2)));
    stream.next_out = out.data() + used;
    stream.avail_out = static_cast<uInt>(out.size() - used);
    status = inflate(&stream, Z_NO_FLUSH);
    if (stream.total_out > limit) {
      return Fail(ErrorCode::kLimitExceeded, "gzip: more than " + std::to_string(limit) + " bytes");
    }
  }
  if (status != Z_STREAM_END || stream.avail_in != 0) {
    return Fail(ErrorCode::kMalformed, "gzip: damaged, truncated or followed by more");
  }
  out.resize(stream.total_out);
  return out;
}

}  // namespace ingress::rpc
