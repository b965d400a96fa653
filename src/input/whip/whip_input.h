#pragma once

#include "input/factory.h"

namespace ingress::input {

/// WHIP: its HTTP endpoint, and the port by which media of all its sessions comes.
Factory WhipFactory();

}  // namespace ingress::input
