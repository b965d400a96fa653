#include "net/acceptor.h"

#include <utility>

#include "net/await.h"

namespace ingress::net {

namespace asio = boost::asio;
using asio::ip::tcp;

Acceptor::Acceptor(tcp::acceptor listening, StepThrottle* throttle)
    : acceptor_(std::move(listening)), throttle_(throttle) {
  boost::system::error_code closed;  // then there is no port
  endpoint_ = acceptor_.local_endpoint(closed);
}

asio::awaitable<void> Acceptor::Run(Callbacks callbacks) {
  while (acceptor_.is_open()) {
    if (throttle_ != nullptr) co_await throttle_->Rest();
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (!acceptor_.is_open()) co_return;  // a socket that came in time closes here
    if (throttle_ != nullptr) throttle_->Charge(StepThrottle::kConnectionCost);
    if (!error) {
      callbacks.on_connection(std::move(socket));
      continue;
    }
    if (callbacks.on_error) callbacks.on_error(error);
    if (acceptor_.is_open()) co_await closed_.WaitFor(kPauseAfterError);
  }
}

void Acceptor::Close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  closed_.Notify();
}

}  // namespace ingress::net
