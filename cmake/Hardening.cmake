# What makes a fault in our own code harder to use. test/e2e/test_hardening.py reads the finished program
# and its library for it; docs/adr/0010-what-a-process-may-do.md is the decision.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

# Each subscript, front() and span of the standard library is checked, in every build.
add_compile_definitions(_GLIBCXX_ASSERTIONS)

# Debian's linkers do some of this by default; a build elsewhere has to as well.
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

set(INGRESS_RELEASE $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
add_compile_options(-fstack-protector-strong -fstack-clash-protection)
# glibc's checked string and file functions need an optimizing compiler, and sanitizers of their own.
add_compile_options(
  "$<${INGRESS_RELEASE}:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>")

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # Landing pads and a shadow stack. The program is marked for the shadow stack only: a mark for landing
  # pads would claim them for Debian 12's startup code as well, which has none.
  add_compile_options(-fcf-protection=full)
  add_link_options(-Wl,-z,shstk)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  add_compile_options(-mbranch-protection=standard)
endif()
