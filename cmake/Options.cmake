# Compiler options that every target of ours shares. Third-party headers are SYSTEM and stay quiet.
set(INGRESS_SANITIZE "" CACHE STRING "value for -fsanitize=, empty for none")
option(INGRESS_TESTS "build unit tests, corpus replays and measurements" ON)
option(INGRESS_FUZZ "build libFuzzer binaries instead of corpus replays" OFF)

add_library(ingress_options INTERFACE)
target_compile_options(ingress_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
  -Wno-sign-conversion  # byte arithmetic on std::uint8_t would need a cast a line
  -fvisibility=hidden -fno-omit-frame-pointer
  -pthread -fPIC)  # alike everywhere: a precompiled header is of use only to the same options
target_link_options(ingress_options INTERFACE -fuse-ld=lld)

string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
# ThinLTO: a passed stream wakes two processes fifty times a second with cold caches, and what is inlined
# across files touches fewer of their lines. It saves 3 % of the cores of `bench/scenarios.py
# pass-through`, 6 % of the service's part, and the build takes as long as without.
option(INGRESS_LTO "optimize release builds across files" ON)
if(INGRESS_LTO AND CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

include(Hardening)

# A test's own code is compiled for the compiler's time: without an optimizer a file takes two thirds
# (9.4 s with it, 6.1 s without, rtmp/session_test.cc). glibc's checked functions would need one.
set(INGRESS_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)

if(INGRESS_SANITIZE)
  add_compile_options(-fsanitize=${INGRESS_SANITIZE} -fno-sanitize-recover=all)
  if(INGRESS_SANITIZE MATCHES "undefined")
    # Checks in templates of the standard library and of Asio were a fifth of the compiler's time.
    add_compile_options(-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/ubsan_ignorelist.txt)
  endif()
  add_link_options(-fsanitize=${INGRESS_SANITIZE})
endif()
if(INGRESS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Asio and Beast are compiled once, in src/net; every other file only sees declarations.
add_compile_definitions(
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
