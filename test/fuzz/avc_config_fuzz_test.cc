#include "codec/avc_config.h"
#include "codec/hevc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  codec::ParseHevcConfig({data, size});
  const auto config = codec::ParseAvcConfig({data, size});
  if (!config || config->sps.size() > 31 || config->pps.size() > 255) return 0;
  const auto again = codec::ParseAvcConfig(codec::SerializeAvcConfig(*config));
  if (!again || *again != *config) __builtin_trap();
  return 0;
}
