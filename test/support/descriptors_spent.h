#pragma once

#include <sys/resource.h>

namespace ingress::test {

/// While it lives this process can open no further file. Not under UBSan, which looks at a type for
/// the first time by way of a pipe.
class DescriptorsSpent {
 public:
#if __has_feature(undefined_behavior_sanitizer)
  static constexpr bool kWorks = false;
#else
  static constexpr bool kWorks = true;
#endif

  DescriptorsSpent() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~DescriptorsSpent() { setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorsSpent(const DescriptorsSpent&) = delete;
  DescriptorsSpent& operator=(const DescriptorsSpent&) = delete;

 private:
  rlimit before_{};
};

}  // namespace ingress::test
