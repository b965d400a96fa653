#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace ingress {

/// Fills `out` from the kernel's random source (getrandom(2)); never fails after boot.
void FillRandom(std::span<std::uint8_t> out);

/// A uniformly random 32-bit number from the same source.
std::uint32_t RandomU32();

/// `length` characters of the 57-letter alphabet LiveKit uses for ids and keys
/// (no 0, 1, I, O, l), from the kernel's random source.
std::string RandomToken(std::size_t length);

/// A LiveKit object id: `prefix` and 12 random characters, for example "RT_x7GqT2Ab9KdE".
std::string NewId(std::string_view prefix);

}  // namespace ingress
