#include "config/reload.h"

#include "config/options.h"

namespace ingress::config {

std::vector<std::string> NeedRestart(const Config& running, const Config& fresh) {
  std::vector<std::string> keys;
  for (const Option& option : Options()) {
    if (option.applies != Applies::kAtRestart || option.field.same == nullptr) continue;
    if (!option.field.same(running, fresh)) keys.emplace_back(option.path);
  }
  return keys;
}

void Adopt(Config& running, const Config& fresh) {
  for (const Option& option : Options()) {
    if (option.applies != Applies::kAtOnce || option.field.take == nullptr) continue;
    option.field.take(running, fresh);
  }
}

}  // namespace ingress::config
