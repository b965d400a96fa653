#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

namespace ingress::config {

/// What a node cannot do without: five lines.
inline constexpr const char* kMinimal =
    "api_key: devkey\n"
    "api_secret: hunter2\n"
    "ws_url: ws://127.0.0.1:7880\n"
    "redis:\n"
    "  address: 127.0.0.1:6379\n";

inline Result<Loaded> LoadText(std::string text) { return Load({.body = std::move(text)}); }

/// The problems with kMinimal and `more` after it, which starts on line 6.
inline std::string ErrorWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  return loaded ? "" : loaded.error().context;
}

inline std::vector<std::string> WarningsWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().context;
  return loaded ? loaded->warnings : std::vector<std::string>{};
}

}  // namespace ingress::config
