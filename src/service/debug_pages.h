#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "net/http_server.h"
#include "rpc/ingress_control.h"
#include "service/session_table.h"

namespace ingress::service {

/// Answers debug_handler_port, on loopback only: `/sessions` lists them,
/// `/sessions/<resource id>` and `/gst_pipeline/<resource id>` (the Go service's path) show the
/// inner state of one, `/ingress/<ingress id>` of one that any node holds. DELETE of
/// `/sessions/<resource id>` ends it. JSON, without secrets. What RefuseDebug() refuses is refused.
/// `peers`: null while Redis was never there.
boost::asio::awaitable<net::HttpResponse> AnswerDebug(SessionTable& sessions,
                                                      rpc::PeerClient* peers,
                                                      net::HttpRequest request);

/// Whom the debug pages do not answer, and how: a foreign name in Host (403), another method than
/// GET, HEAD and, of a session, DELETE (405), and a DELETE without the header `X-Ingress: 1` (403),
/// which no web page can send to another site unasked. Empty for a request to answer.
std::optional<net::HttpResponse> RefuseDebug(const net::HttpRequest& request);

}  // namespace ingress::service
