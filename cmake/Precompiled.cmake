# Precompiled headers: half of a file's compile time is other people's headers, parsed anew.
#
# Two sets, so that a sans-IO module still cannot name what it must not include: `std` holds the
# standard library, `asio` adds Asio and the generated messages. Test programs have sets of their own
# with GoogleTest. INGRESS_PCH=OFF builds every file by its own includes; the debug and fuzz presets
# do, so that an include that is missing is found.
option(INGRESS_PCH "precompile the headers of the standard library, Asio and GoogleTest" ON)

set(INGRESS_PCH_STD
  <algorithm> <array> <chrono> <compare> <cstddef> <cstdint> <cstring> <deque> <expected>
  <functional> <map> <memory> <numeric> <optional> <ranges> <set> <span> <string> <string_view>
  <tuple> <utility> <variant> <vector>)
set(INGRESS_PCH_ASIO
  <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
  <boost/asio/buffer.hpp> <boost/asio/co_spawn.hpp> <boost/asio/detached.hpp>
  <boost/asio/dispatch.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
  <boost/asio/local/stream_protocol.hpp> <boost/asio/posix/stream_descriptor.hpp>
  <boost/asio/post.hpp> <boost/asio/read.hpp> <boost/asio/steady_timer.hpp>
  <boost/asio/use_awaitable.hpp> <boost/asio/write.hpp>
  <livekit_ingress.pb.h> <livekit_models.pb.h> <ingress_ipc.pb.h>)
set(INGRESS_PCH_TEST <gmock/gmock.h> <gtest/gtest.h>)

function(ingress_pch_set name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/${name}.cc CONTENT "")
  add_library(ingress_pch_${name} OBJECT ${CMAKE_BINARY_DIR}/pch/${name}.cc)
  target_link_libraries(ingress_pch_${name} PRIVATE ingress_options ${ARG_LIBS})
  target_precompile_headers(ingress_pch_${name} PRIVATE ${ARG_HEADERS})
endfunction()

if(INGRESS_PCH)
  # The time of a header is no part of what it says: without it ccache can use what it has.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang$<SEMICOLON>-fno-pch-timestamp>)
  ingress_pch_set(std HEADERS ${INGRESS_PCH_STD})
  ingress_pch_set(asio HEADERS ${INGRESS_PCH_STD} ${INGRESS_PCH_ASIO} LIBS ingress_proto Boost::headers)
  if(INGRESS_TESTS)
    ingress_pch_set(std_test HEADERS ${INGRESS_PCH_STD} ${INGRESS_PCH_TEST} LIBS GTest::gmock)
    ingress_pch_set(asio_test HEADERS ${INGRESS_PCH_STD} ${INGRESS_PCH_ASIO} ${INGRESS_PCH_TEST}
      LIBS ingress_proto Boost::headers GTest::gmock)
    foreach(set std_test asio_test)
      target_compile_options(ingress_pch_${set} PRIVATE ${INGRESS_TEST_OPTIONS})
    endforeach()
  endif()
endif()

# ingress_precompile(<target> std|asio|std_test|asio_test)
function(ingress_precompile target set)
  if(INGRESS_PCH)
    target_precompile_headers(${target} REUSE_FROM ingress_pch_${set})
  endif()
endfunction()
