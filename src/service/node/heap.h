#pragma once

#include <cstddef>

namespace ingress::service {

/// The memory of this process, in bytes.
struct Heap {
  std::size_t in_use = 0;    // of what malloc has taken from the kernel
  std::size_t free = 0;      // of that; may have been given back
  std::size_t resident = 0;  // of the whole process
};

/// As malloc and the kernel say; zero where they do not. Takes some 50 us.
Heap ReadHeap();

}  // namespace ingress::service
