#pragma once

#include <cstddef>

namespace ingress {

/// Raises this process' soft limit of open files to the hard one, and returns what holds now. The
/// soft one is 1024 in most places, for programs that use select(2); nothing here does.
std::size_t RaiseDescriptorLimit();

}  // namespace ingress
