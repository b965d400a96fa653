#pragma once

#include <chrono>
#include <string>

namespace ingress::rpc {

/// "2 s" or "0.1 s": rounded up to tenths, for people.
inline std::string SecondsText(std::chrono::milliseconds time) {
  const auto tenths = (time.count() + 99) / 100;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

}  // namespace ingress::rpc
