#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace ingress::net {

/// A port that cannot be had, by the configuration's key, and how to find out who has it.
Error NoPort(std::string_view key, std::uint16_t port, const Error& error);

}  // namespace ingress::net
