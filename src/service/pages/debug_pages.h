#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/http_server.h"
#include "rpc/ingress_control.h"
#include "service/session/session_table.h"

namespace ingress::service {

/// Answers debug_handler_port, on loopback only: `/sessions` lists them,
/// `/sessions/<resource id>` and `/gst_pipeline/<resource id>` (the Go service's path) show the
/// inner state of one, `/ingress/<ingress id>` of one that any node holds. DELETE of
/// `/sessions/<resource id>` ends it. JSON, without secrets. What RefuseDebug() refuses is refused.
/// `peers`: null while Redis was never there.
boost::asio::awaitable<net::HttpResponse> AnswerDebug(SessionTable& sessions,
                                                      rpc::PeerClient* peers,
                                                      net::HttpRequest request);

}  // namespace ingress::service
