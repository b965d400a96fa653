# cmake --install build/release --prefix /usr, DESTDIR=… for a package: the program, the library that
# it loads, the systemd unit, and what people read. The program finds its library beside itself, at
# ../lib/livekit-ingress; a directory of the architecture, as Debian's CMAKE_INSTALL_LIBDIR has it,
# would not be looked at.
set(doc share/doc/livekit-ingress)
install(TARGETS ingress RUNTIME DESTINATION bin)
install(TARGETS ingress_gst LIBRARY DESTINATION lib/livekit-ingress)
install(FILES README.md CHANGELOG.md SECURITY.md ARCHITECTURE.md LICENSE DESTINATION ${doc})
install(DIRECTORY docs DESTINATION ${doc})
install(FILES deploy/ingress.yaml deploy/livekit-server.yaml DESTINATION ${doc}/deploy)
install(FILES deploy/livekit-ingress.service DESTINATION lib/systemd/system)
# The unit names the program by its whole path, which is known now alone.
install(CODE [[
  set(unit "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system/livekit-ingress.service")
  file(READ "${unit}" text)
  string(REPLACE "/usr/bin/ingress" "${CMAKE_INSTALL_PREFIX}/bin/ingress" text "${text}")
  file(WRITE "${unit}" "${text}")
]])
