#include "service/debug_pages.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace ingress::service {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr unsigned kNotFound = 404;

net::HttpResponse Json(const json::value& value) {
  return {.status = 200, .content_type = "application/json", .body = json::serialize(value) + "\n"};
}

json::array List(const SessionTable& sessions) {
  json::array list;
  for (const auto& [resource_id, session] : sessions.all()) {
    list.push_back({{"resourceID", resource_id},
                    {"ingressID", session->ingress_id()},
                    {"route", session->report().route()},
                    {"cores", session->load().cores},
                    {"memoryBytes", session->load().memory}});
  }
  return list;
}

}  // namespace

asio::awaitable<net::HttpResponse> AnswerDebug(SessionTable& sessions, net::HttpRequest request) {
  const std::string_view path = request.path;
  if (path == "/" || path == "/sessions") co_return Json(List(sessions));
  for (const std::string_view prefix : {"/sessions/", "/gst_pipeline/"}) {
    if (!path.starts_with(prefix)) continue;
    const auto found = sessions.all().find(std::string(path.substr(prefix.size())));
    if (found == sessions.all().end()) break;
    std::string body = co_await Session::Describe(found->second);
    co_return net::HttpResponse{
        .status = 200, .content_type = "application/json", .body = std::move(body) + "\n"};
  }
  co_return net::HttpResponse{.status = kNotFound, .body = "ingress not found\n"};
}

}  // namespace ingress::service
