#pragma once

#include <optional>

#include "net/http_server.h"

namespace ingress::service {

/// Whom the debug pages do not answer, and how: a foreign name in Host (403), another method than
/// GET, HEAD and, of a session, DELETE (405), and a DELETE without the header `X-Ingress: 1` (403),
/// which no web page can send to another site unasked. Empty for a request to answer.
std::optional<net::HttpResponse> RefuseDebug(const net::HttpRequest& request);

}  // namespace ingress::service
