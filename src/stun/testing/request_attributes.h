#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_writer.h"
#include "stun/attribute.h"
#include "stun/writer.h"

// What only a client writes into its Binding requests.
namespace ingress::stun::testing {

inline void AddUsername(Writer& writer, std::string_view username) {
  writer.Add(attribute::kUsername, AsBytes(username));
}

inline void AddPriority(Writer& writer, std::uint32_t priority) {
  Bytes value;
  ByteWriter(value).WriteU32(priority);
  writer.Add(attribute::kPriority, value);
}

inline void AddUseCandidate(Writer& writer) { writer.Add(attribute::kUseCandidate, {}); }

inline void AddIceControlling(Writer& writer, std::uint64_t tie_breaker) {
  Bytes value;
  ByteWriter(value).WriteU64(tie_breaker);
  writer.Add(attribute::kIceControlling, value);
}

inline void AddIceControlled(Writer& writer, std::uint64_t tie_breaker) {
  Bytes value;
  ByteWriter(value).WriteU64(tie_breaker);
  writer.Add(attribute::kIceControlled, value);
}

}  // namespace ingress::stun::testing
