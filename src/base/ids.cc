#include "base/ids.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/big_endian.h"

namespace ingress {
namespace {

constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kIdLength = 12;

}  // namespace

void FillRandom(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // a Linux kernel without getrandom cannot run this program
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::uint32_t RandomU32() {
  std::array<std::uint8_t, 4> bytes{};
  FillRandom(bytes);
  return LoadBigEndian<std::uint32_t>(bytes);
}

std::string RandomToken(std::size_t length) {
  // Bytes at or above the largest multiple of the alphabet's size would favour its first letters.
  constexpr std::uint8_t kFairLimit =
      static_cast<std::uint8_t>(256 / kAlphabet.size() * kAlphabet.size());
  std::string out;
  std::array<std::uint8_t, 32> bytes{};
  while (out.size() < length) {
    FillRandom(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte < kFairLimit && out.size() < length)
        out.push_back(kAlphabet[byte % kAlphabet.size()]);
    }
  }
  return out;
}

std::string NewId(std::string_view prefix) { return std::string(prefix) + RandomToken(kIdLength); }

}  // namespace ingress
