#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "rpc/redis_cluster_map.h"

// What a Redis Cluster says of its nodes and of slots that have moved.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress::rpc;
  constexpr std::uint16_t kSlots = 16384;
  const std::string_view asked = "10.0.0.1:7000";
  const std::string_view text = ingress::AsText({data, size});
  RedisClusterMap map;
  map.Load(text, asked);
  for (std::uint16_t slot = 0; slot < kSlots; slot += 64) {
    if (map.Find(slot).size() > text.size() + asked.size()) __builtin_trap();
  }
  if (const auto redirect = ParseRedisRedirect(text)) {
    if (redirect->slot >= kSlots || !redirect->address.contains(':')) __builtin_trap();
    map.Move(redirect->slot, redirect->address);
    if (map.Find(redirect->slot) != redirect->address) __builtin_trap();
  }
  if (RedisSlotOf(text) >= kSlots) __builtin_trap();
  return 0;
}
