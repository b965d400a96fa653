# Third-party libraries, all from Debian 12 packages (script/bootstrap lists them).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url json)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)

set(pkg_config_specs
    "BSD=libbsd"
    "HIREDIS=hiredis"
    "NICE=nice"
    "SECCOMP=libseccomp"
    "OPUS=opus"
    "SRTP=libsrtp2"
    "LIBAV=libavcodec libavutil libswresample"
    "GST=gstreamer-1.0 gstreamer-video-1.0")
if(INGRESS_TESTS)
  find_package(GTest REQUIRED)
endif()

foreach(spec ${pkg_config_specs})
  string(REGEX MATCH "^([A-Z]+)=(.*)$" _ "${spec}")
  set(_name ${CMAKE_MATCH_1})
  string(REPLACE " " ";" _modules "${CMAKE_MATCH_2}")
  pkg_check_modules(${_name} REQUIRED IMPORTED_TARGET ${_modules})
endforeach()
