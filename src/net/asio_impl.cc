// The one translation unit that holds the bodies of Asio and Beast (see cmake/Options.cmake).
#include <sys/epoll.h>

#include "net/loop_turns.h"

// Asio tells nobody when its loop begins and ends to wait; the call that waits is seen here.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): it is a function of Asio's that calls it.
#define epoll_wait ::ingress::net::WaitForEvents
#include <boost/asio/impl/src.hpp>
#undef epoll_wait
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
