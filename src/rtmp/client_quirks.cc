#include "rtmp/client_quirks.h"

#include <charconv>
#include <utility>

namespace ingress::rtmp {
namespace {

constexpr std::string_view kLibobs = "libobs version ";
constexpr std::pair<int, int> kFixedInObs = {30, 2};

/// The first two numbers of a version such as "29.0.2.1-1+b1".
std::pair<int, int> MajorMinor(std::string_view version) {
  std::pair<int, int> out{};
  const char* const begin = version.begin();
  const char* const end = version.end();
  const auto major = std::from_chars(begin, end, out.first);
  if (major.ec == std::errc{} && major.ptr != end && *major.ptr == '.') {
    std::from_chars(major.ptr + 1, end, out.second);
  }
  return out;
}

}  // namespace

void ClientQuirks::OnEncoder(std::string_view encoder) {
  const std::size_t at = encoder.find(kLibobs);
  if (at == std::string_view::npos) return;
  const auto version = MajorMinor(encoder.substr(at + kLibobs.size()));
  old_obs_ = version.first > 0 && version < kFixedInObs;
}

}  // namespace ingress::rtmp
