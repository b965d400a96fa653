#include "rpc/redis_connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "rpc/seconds_text.h"

namespace ingress::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxServerWords = 200;  // of an error text of the server's that we repeat

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> SplitAddress(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == address.size()) {
    return Fail(ErrorCode::kMalformed, "address is not host:port");
  }
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostPort{std::string(host), std::string(address.substr(colon + 1))};
}

ErrorCode CodeOf(std::string_view redis_error) {
  for (const std::string_view prefix : {"WRONGPASS", "NOAUTH", "NOPERM"}) {
    if (redis_error.starts_with(prefix)) return ErrorCode::kUnauthorized;
  }
  return ErrorCode::kUnavailable;
}

}  // namespace

/// A name lookup cannot be broken off, only left alone; so it owns what it needs.
struct RedisConnection::Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor) {}

  tcp::resolver resolver;
  std::optional<boost::system::error_code> outcome;
  tcp::resolver::results_type results;
};

RedisConnection::RedisConnection(asio::any_io_executor executor, const RedisOptions& options,
                                 Callbacks callbacks)
    : executor_(executor),
      options_(options),
      callbacks_(std::move(callbacks)),
      socket_(executor),
      tasks_(executor),
      changed_(executor),
      work_(std::move(executor)) {}

asio::awaitable<Error> RedisConnection::Run() {
  dead_at_ = Clock::now() + options_.connect_timeout;
  tasks_.Spawn(Watch());
  Result<void> outcome = co_await Open();
  if (outcome && !why_) {
    ready_ = true;
    ping_at_ = Clock::now() + options_.ping_interval;
    dead_at_ = ping_at_ + options_.reply_timeout;
    tasks_.Spawn(WriteLoop());
    callbacks_.on_ready();
    changed_.Notify();
    outcome = co_await ReadLoop();
  }
  if (!outcome) Close(std::move(outcome.error()));
  co_await tasks_.Join();
  co_return *why_;
}

bool RedisConnection::Send(ByteView command) {
  if (!ready_ || outbox_.size() + command.size() > kMaxRedisOutbox) return false;
  outbox_.insert(outbox_.end(), command.begin(), command.end());
  work_.Notify();
  return true;
}

void RedisConnection::Close(Error why) {
  if (why_) return;
  why_ = std::move(why);
  ready_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);  // ends every read, write and connect
  changed_.Notify();
  work_.Notify();
}

asio::awaitable<Result<void>> RedisConnection::Open() {
  const auto endpoints = co_await Resolve();
  if (!endpoints) co_return std::unexpected(endpoints.error());

  const auto [error, endpoint] = co_await asio::async_connect(socket_, *endpoints, kAwaitTuple);
  if (error) co_return Fail(ErrorCode::kUnavailable, "connect: " + error.message());
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);  // slower without, that is all
  co_return co_await LogIn();
}

asio::awaitable<Result<tcp::resolver::results_type>> RedisConnection::Resolve() {
  const Result<HostPort> address = SplitAddress(options_.address);
  if (!address) co_return std::unexpected(address.error());

  auto lookup = std::make_shared<Lookup>(executor_);
  lookup->resolver.async_resolve(
      address->host, address->port,
      [lookup, changed = changed_](const boost::system::error_code& error,
                                   tcp::resolver::results_type results) mutable {
        lookup->outcome = error;
        lookup->results = std::move(results);
        changed.Notify();
      });
  while (!lookup->outcome && !why_) co_await changed_.WaitUntil(dead_at_);
  if (why_) co_return std::unexpected(*why_);
  if (*lookup->outcome) {
    co_return Fail(ErrorCode::kUnavailable, "resolve: " + lookup->outcome->message());
  }
  co_return lookup->results;
}

asio::awaitable<Result<void>> RedisConnection::LogIn() {
  if (!options_.password.empty()) {
    Bytes command = options_.username.empty()
                        ? RespCommand({"AUTH", options_.password})
                        : RespCommand({"AUTH", options_.username, options_.password});
    const Result<void> done = co_await Demand(std::move(command), "AUTH");
    if (!done) co_return done;
  }
  if (options_.db != 0) {
    Bytes command = RespCommand({"SELECT", std::to_string(options_.db)});
    const Result<void> done = co_await Demand(std::move(command), "SELECT");
    if (!done) co_return done;
  }
  // Answers with an error while AUTH is missing or Redis is still loading.
  co_return co_await Demand(RespCommand({"PING"}), "PING");
}

asio::awaitable<Result<void>> RedisConnection::Demand(Bytes command, std::string name) {
  const auto [error, written] =
      co_await asio::async_write(socket_, asio::buffer(command), kAwaitTuple);
  if (error) co_return Fail(ErrorCode::kUnavailable, name + ": " + error.message());
  const Result<RespValue> reply = co_await ReadReply();
  if (!reply) co_return Wrap(name, reply.error());
  if (reply->type == RespValue::Type::kError) {
    const std::string words = ToValidUtf8(reply->text.substr(0, kMaxServerWords));
    co_return Fail(CodeOf(words), name + " refused: " + words);
  }
  co_return Result<void>{};
}

asio::awaitable<Result<RespValue>> RedisConnection::ReadReply() {
  while (inbox_.empty()) {
    const Result<void> read = co_await ReadMore();
    if (!read) co_return std::unexpected(read.error());
  }
  RespValue reply = std::move(inbox_.front());
  inbox_.pop_front();
  co_return reply;
}

asio::awaitable<Result<void>> RedisConnection::ReadMore() {
  const auto [error, size] = co_await socket_.async_read_some(asio::buffer(buffer_), kAwaitTuple);
  if (error) co_return Fail(ErrorCode::kUnavailable, "read: " + error.message());
  Result<std::vector<RespValue>> values = reader_.Receive({buffer_.data(), size});
  if (!values) co_return std::unexpected(values.error());
  std::ranges::move(*values, std::back_inserter(inbox_));
  if (ready_) dead_at_ = Clock::now() + options_.ping_interval + options_.reply_timeout;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> RedisConnection::ReadLoop() {
  while (!why_) {
    Result<RespValue> reply = co_await ReadReply();
    if (!reply) co_return std::unexpected(reply.error());
    callbacks_.on_reply(std::move(*reply));
  }
  co_return std::unexpected(*why_);
}

asio::awaitable<void> RedisConnection::WriteLoop() {
  while (!why_) {
    if (outbox_.empty()) {
      co_await work_.WaitUntil(TimePoint::max());
      continue;
    }
    const Bytes batch = std::exchange(outbox_, {});
    const auto [error, written] =
        co_await asio::async_write(socket_, asio::buffer(batch), kAwaitTuple);
    if (error) Close({ErrorCode::kUnavailable, "write: " + error.message()});
  }
}

asio::awaitable<void> RedisConnection::Watch() {
  while (!why_) {
    const TimePoint now = Clock::now();
    if (now >= dead_at_) {
      Close({ErrorCode::kTimeout,
             ready_ ? "no reply to PING in " + SecondsText(options_.reply_timeout)
                    : "connect: no answer in " + SecondsText(options_.connect_timeout)});
      break;
    }
    if (ready_ && now >= ping_at_) {
      ping_at_ = now + options_.ping_interval;
      callbacks_.on_ping_due();
    }
    co_await changed_.WaitUntil(ready_ ? std::min(dead_at_, ping_at_) : dead_at_);
  }
}

}  // namespace ingress::rpc
