#include "service/pages/debug_pages.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "service/pages/debug_guard.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr unsigned kNotFound = 404;
constexpr std::string_view kSessions = "/sessions/";

net::HttpResponse Json(const json::value& value) {
  return {.status = 200, .content_type = "application/json", .body = json::serialize(value) + "\n"};
}

json::array List(const SessionTable& sessions) {
  json::array list;
  for (const auto& [resource_id, session] : sessions.all()) {
    list.push_back({{"resourceID", resource_id},
                    {"ingressID", session->ingress_id()},
                    {"route", session->route() ? ToString(*session->route()) : std::string_view()},
                    {"cores", session->load().cores},
                    {"memoryBytes", session->load().memory}});
  }
  return list;
}

std::string_view AfterPrefix(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view();
}

net::HttpResponse JsonText(std::string text) {
  return {.status = 200, .content_type = "application/json", .body = std::move(text) + "\n"};
}

const net::HttpResponse kUnknown{.status = kNotFound, .body = "ingress not found\n"};

asio::awaitable<net::HttpResponse> AnswerOfAnyNode(rpc::PeerClient* peers, std::string ingress_id) {
  if (peers == nullptr) co_return kUnknown;
  auto info = co_await peers->DebugInfo(std::move(ingress_id));
  co_return info ? JsonText(std::move(*info)) : kUnknown;
}

}  // namespace

asio::awaitable<net::HttpResponse> AnswerDebug(SessionTable& sessions, rpc::PeerClient* peers,
                                               net::HttpRequest request) {
  if (auto refusal = RefuseDebug(request)) co_return std::move(*refusal);
  const std::string_view path = request.path;
  if (path == "/" || path == "/sessions") co_return Json(List(sessions));
  if (const auto ingress_id = AfterPrefix(path, "/ingress/"); !ingress_id.empty()) {
    co_return co_await AnswerOfAnyNode(peers, std::string(ingress_id));
  }
  std::string_view resource_id = AfterPrefix(path, kSessions);
  if (resource_id.empty()) resource_id = AfterPrefix(path, "/gst_pipeline/");
  const auto found = sessions.all().find(std::string(resource_id));
  if (found == sessions.all().end()) co_return kUnknown;
  const std::shared_ptr<IngestSession> session = found->second;
  if (request.method == "DELETE") {
    session->Stop(Failure(FailureCode::kEndedByOperator));
    co_return net::HttpResponse{.status = 200, .body = "ending\n"};
  }
  co_return JsonText(co_await IngestSession::Describe(session));
}

}  // namespace ingress::service
