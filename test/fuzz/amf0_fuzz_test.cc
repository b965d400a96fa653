#include "amf/amf0.h"

using ingress::Bytes;
using ingress::amf::DecodeAmf0;
using ingress::amf::EncodeAmf0;
using ingress::amf::ObjectEnd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(DecodeAmf0({data, size}));
  const auto values = DecodeAmf0({data, size}, ObjectEnd::kEndOfDataAllowed);
  if (!values) return 0;
  // What was read can be written, and is then read the same way (NaN is not equal to itself, so
  // the bytes are compared).
  const Bytes written = EncodeAmf0(*values);
  const auto again = DecodeAmf0(written);
  if (!again || EncodeAmf0(*again) != written) __builtin_trap();
  return 0;
}
