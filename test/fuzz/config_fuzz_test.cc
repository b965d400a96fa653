#include <cstddef>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "config/config.h"

// Whatever the document says, loading it ends with a configuration or with printable words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = ingress::config::Load({.body = text});
  if (!loaded && (loaded.error().context.empty() || !ingress::IsUtf8(loaded.error().context))) {
    __builtin_trap();
  }
  if (loaded && (loaded->config.api_key.empty() || loaded->config.rtmp_port == 0)) {
    __builtin_trap();
  }
  return 0;
}
