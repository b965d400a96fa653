#pragma once

#include <memory>

#include "input/input.h"

namespace ingress::input {

/// WHIP: its HTTP endpoint, and the port by which media of all its sessions comes.
std::unique_ptr<Input> MakeWhipInput(const Node& node);

}  // namespace ingress::input
