#pragma once

#include <memory>
#include <utility>

#include "base/bytes.h"

namespace ingress {

/// Bytes that stay where they are as long as somebody holds them.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  ByteView bytes;  // within what `owner` keeps
};

/// Takes the bytes over, without a copy.
inline SharedBytes Share(Bytes bytes) {
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const ByteView view(*owner);
  return {.owner = std::move(owner), .bytes = view};
}

}  // namespace ingress
