#include "ipc/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace ingress::ipc {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kNames = {
    "PATH"sv,
    "HOME"sv,
    "LANG"sv,
    "LANGUAGE"sv,
    "TZ"sv,
    "TMPDIR"sv,
    "TERM"sv,
    "SSL_CERT_FILE"sv,
    "SSL_CERT_DIR"sv,
    "LD_LIBRARY_PATH"sv,
    "XDG_DATA_HOME"sv,
    "XDG_CACHE_HOME"sv,
    "XDG_CONFIG_HOME"sv,
    "XDG_RUNTIME_DIR"sv,
    "ASAN_OPTIONS"sv,
    "UBSAN_OPTIONS"sv,
    "LSAN_OPTIONS"sv,
    "TSAN_OPTIONS"sv,
    "ASAN_SYMBOLIZER_PATH"sv,
    "LLVM_PROFILE_FILE"sv,
    "INGRESS_SANDBOX"sv,
    "INGRESS_READABLE_PATHS"sv,
    "INGRESS_CORE_DUMPS"sv,
};

constexpr std::array kPrefixes = {
    "LC_"sv,     "GST_"sv,  "ORC_"sv,    "LIBVA_"sv,         "MESA_"sv,
    "NVIDIA_"sv, "CUDA_"sv, "MALLOC_"sv, "GLIBC_TUNABLES"sv,
};

bool IsAllowed(std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('='));
  return std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kPrefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<std::string> ReducedEnvironment(std::span<const std::string> environment) {
  std::vector<std::string> reduced;
  std::ranges::copy_if(environment, std::back_inserter(reduced), IsAllowed);
  return reduced;
}

std::vector<std::string> ReducedEnvironment() {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  return ReducedEnvironment(all);
}

}  // namespace ingress::ipc
