#pragma once

#include <span>

#include "input/factory.h"

namespace ingress::service {

/// The inputs of the program.
std::span<const input::Factory> Inputs();

/// The one of `kind`, which an enabled input has.
const input::Factory& InputOf(InputKind kind);

}  // namespace ingress::service
