#include "sandbox/switch.h"

#include <cstdlib>
#include <string_view>

namespace ingress::sandbox {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||
                            __has_feature(memory_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

bool Is(const char* name, std::string_view wanted) {
  const char* value = std::getenv(name);
  return value != nullptr && value == wanted;
}

}  // namespace

bool Enabled() { return !kSanitized && !Is("INGRESS_SANDBOX", "off"); }

bool CoreDumpsWanted() { return kSanitized || Is("INGRESS_CORE_DUMPS", "on"); }

}  // namespace ingress::sandbox
