#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/http_server.h"
#include "service/session_table.h"

namespace ingress::service {

/// Answers debug_handler_port, on loopback only: `/sessions` lists them,
/// `/sessions/<resource id>` and `/gst_pipeline/<resource id>` (the Go service's path) show the
/// inner state of one. JSON, without secrets.
boost::asio::awaitable<net::HttpResponse> AnswerDebug(SessionTable& sessions,
                                                      net::HttpRequest request);

}  // namespace ingress::service
