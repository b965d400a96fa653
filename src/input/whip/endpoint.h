#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "input/guard/connection_table.h"
#include "input/guard/wrong_key_limit.h"
#include "input/input.h"
#include "input/publish.h"
#include "input/whip/ice_ports.h"
#include "input/whip/problem.h"
#include "input/whip/publish.h"
#include "input/whip/remote_sessions.h"
#include "input/whip/target.h"
#include "net/event.h"
#include "net/http_server.h"
#include "net/task_scope.h"

namespace ingress::input {

/// Answers the requests of WHIP clients (RFC 9725): POST makes a session, PATCH and DELETE are for
/// one. Confined to the node's executor; Stop() it, and await Join(), before it is destroyed.
class WhipEndpoint {
 public:
  static constexpr std::size_t kMaxHalfOpen = 256;  // sessions whose client has not connected yet

  /// Both outlive it.
  WhipEndpoint(Node& node, IcePorts& ice);

  boost::asio::awaitable<net::HttpResponse> Answer(const net::HttpRequest& request);

  /// Adds what every answer has, so that a page of whatever origin may read it.
  static net::HttpResponse Complete(net::HttpResponse response);

  /// Gives up the publishes that are under way.
  void GiveUp();

  /// Ends what is left.
  void Stop();
  /// Waits for what that leaves behind.
  boost::asio::awaitable<void> Join();

  /// Holds the requests that wait for their stream key to be looked up.
  const ConnectionTable& table() const { return table_; }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  boost::asio::awaitable<net::HttpResponse> AnswerTarget(const net::HttpRequest& request,
                                                         const WhipTarget& target);
  boost::asio::awaitable<net::HttpResponse> Post(const net::HttpRequest& request,
                                                 const WhipTarget& target);
  boost::asio::awaitable<net::HttpResponse> Publish(const net::HttpRequest& request,
                                                    const WhipTarget& target,
                                                    std::shared_ptr<WhipPublish> publish);
  std::expected<std::shared_ptr<WhipPublish>, WhipProblem> ReadOffer(
      const net::HttpRequest& request, const WhipTarget& target);
  boost::asio::awaitable<net::HttpResponse> AnswerSession(const net::HttpRequest& request,
                                                          const WhipTarget& target);
  boost::asio::awaitable<net::HttpResponse> PassOn(const net::HttpRequest& request,
                                                   WhipTarget target);
  boost::asio::awaitable<std::expected<net::HttpResponse, WhipProblem>> AskOwner(
      const net::HttpRequest& request, WhipTarget target);
  boost::asio::awaitable<void> Register(std::weak_ptr<WhipPublish> weak, std::string id,
                                        net::Event registered);
  static std::expected<WhipPublish::Patched, WhipProblem> Patch(WhipPublish& publish,
                                                                std::string_view if_match,
                                                                const std::string& body);
  net::HttpResponse Refuse(const net::HttpRequest& request, const WhipProblem& problem);
  std::shared_ptr<WhipPublish> Find(std::string_view id, std::string_view secret) const;
  std::size_t half_open() const;

  Node& node_;
  IcePorts& ice_;
  RemoteSessions remote_;
  net::TaskScope tasks_;
  ConnectionTable table_;
  WrongKeyLimit wrong_sessions_;
  std::list<Attempt*> attempts_;                                               // under way
  std::map<std::string, std::shared_ptr<WhipPublish>, std::less<>> sessions_;  // by id
  bool stopping_ = false;
};

}  // namespace ingress::input
