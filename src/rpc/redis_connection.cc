#include "rpc/redis_connection.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/host_port.h"
#include "base/utf8.h"
#include "net/deadline.h"
#include "rpc/seconds_text.h"

namespace ingress::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kSentinelWithin{1500};  // for one of them to answer
constexpr std::size_t kMaxServerWords = 200;  // of an error text of the server's that we repeat

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
                                 unsigned attempt, Callbacks callbacks)
    : executor_(executor),
      options_(options),
      callbacks_(std::move(callbacks)),
      attempt_(attempt),
      tasks_(std::move(executor)) {}

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
  if (!outcome && !ready_ && !options_.redis.tls.enabled &&
      outcome.error().code == ErrorCode::kClosed) {
    outcome.error().context += "; does this Redis want TLS (redis.tls.enabled)?";
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
  if (socket_) socket_->Close();  // ends every read, write and connect
  changed_.Notify();
  work_.Notify();
}

asio::awaitable<Result<void>> RedisConnection::Open() {
  const RedisSettings& redis = options_.redis;
  address_ = redis.address;
  if (redis.kind() == RedisSettings::Kind::kCluster) {
    address_ = redis.cluster_addresses[attempt_ % redis.cluster_addresses.size()];
  }
  if (redis.kind() == RedisSettings::Kind::kSentinel) {
    if (auto found = co_await FindMaster(); !found) co_return found;
  }
  if (auto connected = co_await Connect(address_); !connected) co_return connected;
  if (auto in = co_await LogIn(); !in) co_return in;
  if (redis.kind() == RedisSettings::Kind::kSentinel) co_return co_await CheckRole();
  co_return Result<void>{};
}

/// Asks the sentinels in turn until one knows.
asio::awaitable<Result<void>> RedisConnection::FindMaster() {
  Error last{ErrorCode::kUnavailable, "no sentinel is configured"};
  const std::vector<std::string>& sentinels = options_.redis.sentinel_addresses;
  for (std::size_t i = 0; i < sentinels.size() && !why_; ++i) {
    const std::string& sentinel = sentinels[(attempt_ + i) % sentinels.size()];
    auto master =
        co_await net::WithDeadline(kSentinelWithin, AskSentinel(sentinel), "sentinel answer");
    if (socket_) socket_->Close();
    if (master) {
      address_ = std::move(*master);
      co_return Result<void>{};
    }
    last = Wrap("sentinel " + sentinel, master.error()).error();
  }
  co_return std::unexpected(last);
}

asio::awaitable<Result<std::string>> RedisConnection::AskSentinel(std::string address) {
  if (auto connected = co_await Connect(std::move(address)); !connected) {
    co_return std::unexpected(connected.error());
  }
  const RedisSettings& redis = options_.redis;
  if (auto in = co_await Authenticate(redis.sentinel_username, redis.sentinel_password); !in) {
    co_return std::unexpected(in.error());
  }
  const auto reply = co_await Demand(
      RespCommand({"SENTINEL", "get-master-addr-by-name", redis.sentinel_master_name}), "SENTINEL");
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->elements.size() != 2) {
    co_return Fail(ErrorCode::kNotFound, "it knows no master named " + redis.sentinel_master_name);
  }
  co_return JoinHostPort(reply->elements[0].text, reply->elements[1].text);
}

asio::awaitable<Result<void>> RedisConnection::Connect(std::string address) {
  const std::optional<HostPort> split = SplitHostPort(address);
  if (!split || split->port.empty()) {
    co_return Fail(ErrorCode::kMalformed, "address is not host:port");
  }
  const std::string host(split->host);
  const auto endpoints = co_await Resolve(host, std::string(split->port));
  if (!endpoints) co_return std::unexpected(endpoints.error());
  if (why_) co_return std::unexpected(*why_);
  inbox_.clear();
  reader_.emplace();
  socket_.emplace(executor_, options_.redis.tls);
  co_return co_await socket_->Connect(*endpoints, host);
}

asio::awaitable<Result<tcp::resolver::results_type>> RedisConnection::Resolve(std::string host,
                                                                              std::string port) {
  auto lookup = std::make_shared<Lookup>(executor_);
  lookup->resolver.async_resolve(
      host, port,
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

asio::awaitable<Result<void>> RedisConnection::Authenticate(std::string username,
                                                            std::string password) {
  if (password.empty()) co_return Result<void>{};
  Bytes command = username.empty() ? RespCommand({"AUTH", password})
                                   : RespCommand({"AUTH", username, password});
  const auto done = co_await Demand(std::move(command), "AUTH");
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> RedisConnection::LogIn() {
  const RedisSettings& redis = options_.redis;
  if (auto in = co_await Authenticate(redis.username, redis.password); !in) co_return in;
  if (redis.db != 0 && redis.kind() != RedisSettings::Kind::kCluster) {
    const auto done = co_await Demand(RespCommand({"SELECT", std::to_string(redis.db)}), "SELECT");
    if (!done) co_return std::unexpected(done.error());
  }
  // Answers with an error while AUTH is missing or Redis is still loading.
  const auto done = co_await Demand(RespCommand({"PING"}), "PING");
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

/// Sentinels take a while to agree on a new master; until then the old one is no place to be.
asio::awaitable<Result<void>> RedisConnection::CheckRole() {
  const auto role = co_await Demand(RespCommand({"ROLE"}), "ROLE");
  if (!role) co_return std::unexpected(role.error());
  if (!role->elements.empty() && role->elements[0].text == "master") co_return Result<void>{};
  co_return Fail(ErrorCode::kUnavailable, address_ + " is not the master");
}

asio::awaitable<Result<RespValue>> RedisConnection::Demand(Bytes command, std::string name) {
  const auto written = co_await socket_->Write(command);
  if (!written) co_return Wrap(name, written.error());
  Result<RespValue> reply = co_await ReadReply();
  if (!reply) co_return Wrap(name, reply.error());
  if (reply->type == RespValue::Type::kError) {
    const std::string words = ToValidUtf8(reply->text.substr(0, kMaxServerWords));
    co_return Fail(CodeOf(words), name + " refused: " + words);
  }
  co_return reply;
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
  const auto size = co_await socket_->ReadSome(asio::buffer(buffer_));
  if (!size) co_return std::unexpected(size.error());
  Result<std::vector<RespValue>> values = reader_->Receive({buffer_.data(), *size});
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
    const auto written = co_await socket_->Write(batch);
    if (!written) Close(written.error());
  }
}

std::string RedisConnection::WhatDoesNotAnswer() const {
  const std::string in = " in " + SecondsText(options_.connect_timeout);
  if (socket_ && socket_->shaking_hands()) {
    return "no answer to the TLS handshake" + in +
           "; does this Redis speak TLS (redis.tls.enabled)?";
  }
  return "connect: no answer" + in;
}

asio::awaitable<void> RedisConnection::Watch() {
  while (!why_) {
    const TimePoint now = Clock::now();
    if (now >= dead_at_) {
      Close({ErrorCode::kTimeout, ready_
                                      ? "no reply to PING in " + SecondsText(options_.reply_timeout)
                                      : WhatDoesNotAnswer()});
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
