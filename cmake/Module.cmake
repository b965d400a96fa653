# ingress_module(<name> [USES <module>…] [LIBS <target>…] [TEST_LIBS <target>…])
#
# Declares src/<name> as the static library `ingress_<name>`: every *.cc but *_test.cc. A room of a
# larger house is <house>/<room>: the folder src/<house>/<room>, the target ingress_<house>_<room>,
# and includes with the whole path ("service/session/session_table.h").
# USES are the arrows of the architecture. A module's headers are reachable only through its own
# include directory, so `#include "rtp/packet.h"` compiles only in a module that says USES rtp
# (or uses one that does).
# *_test.cc, with the helpers in testing/, become one test program, `ingress_<name>_test`; none
# without INGRESS_TESTS.
include(GoogleTest)

function(ingress_module name)
  cmake_parse_arguments(ARG "" "" "USES;LIBS;TEST_LIBS" ${ARGN})
  set(dir ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  string(REPLACE "/" "_" flat ${name})
  set(target ingress_${flat})

  set(include_dir ${CMAKE_BINARY_DIR}/include/${flat})
  cmake_path(GET name PARENT_PATH house)
  file(MAKE_DIRECTORY ${include_dir}/${house})
  file(CREATE_LINK ${dir} ${include_dir}/${name} SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(tests)
    file(GLOB helpers CONFIGURE_DEPENDS ${dir}/testing/*.cc)
    list(APPEND tests ${helpers})
  endif()

  # What comes near sockets; see Precompiled.cmake.
  set(headers std)
  if(name STREQUAL net OR "net" IN_LIST ARG_USES)
    set(headers asio)
  endif()

  list(TRANSFORM ARG_USES REPLACE "/" "_")
  list(TRANSFORM ARG_USES PREPEND ingress_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${include_dir})
    target_link_libraries(${target} PUBLIC ${ARG_USES} ${ARG_LIBS} PRIVATE ingress_options)
    ingress_precompile(${target} ${headers})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${include_dir})
    target_link_libraries(${target} INTERFACE ${ARG_USES} ${ARG_LIBS})
  endif()

  if(tests AND INGRESS_TESTS AND NOT INGRESS_FUZZ)
    add_executable(${target}_test ${tests})
    target_include_directories(${target}_test PRIVATE ${CMAKE_SOURCE_DIR}/test)  # "support/…"
    target_compile_options(${target}_test PRIVATE ${INGRESS_TEST_OPTIONS})
    ingress_precompile(${target}_test ${headers}_test)
    target_link_libraries(${target}_test PRIVATE
      ${target} ${ARG_TEST_LIBS} ingress_options GTest::gmock_main Threads::Threads)
    gtest_discover_tests(${target}_test TEST_PREFIX ${flat}. DISCOVERY_MODE PRE_TEST)
  endif()
endfunction()
