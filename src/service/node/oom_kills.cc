#include "service/node/oom_kills.h"

#include <fstream>
#include <string>

namespace ingress::service {

std::uint64_t OomKills() {
  std::ifstream file("/proc/vmstat");
  std::string name;
  std::uint64_t value = 0;
  while (file >> name >> value) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace ingress::service
