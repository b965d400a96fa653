#include "service/node/heap.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace ingress::service {

Heap ReadHeap() {
  const struct mallinfo2 info = mallinfo2();
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  if (!(file >> pages >> resident_pages)) resident_pages = 0;
  return {.in_use = info.uordblks + info.hblkhd,
          .free = info.fordblks,
          .resident = resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))};
}

}  // namespace ingress::service
