#include "rpc/redis_bus.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "rpc/redis_cluster.h"
#include "rpc/redis_commands.h"
#include "rpc/redis_subscriber.h"
#include "rpc/seconds_text.h"

namespace ingress::rpc {
namespace {

// Keys of locks that Unlock() may be called for.
constexpr std::string_view kReturnedLocks = "livekit_ingress:";

std::string Listed(const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) {
    list.append(list.empty() ? "" : ", ").append(address);
  }
  return list;
}

}  // namespace

RedisBus::RedisBus(boost::asio::any_io_executor executor, RedisOptions options, OnState on_state)
    : executor_(executor),
      options_(std::move(options)),
      on_state_(std::move(on_state)),
      tasks_(executor),
      links_(executor),
      commands_(std::make_unique<RedisCommands>(executor, options_, [this] { OnLinkChange(); })),
      subscriber_(std::make_unique<RedisSubscriber>(std::move(executor), options_,
                                                    [this] { OnLinkChange(); })) {
  if (options_.redis.kind() == RedisSettings::Kind::kCluster) {
    cluster_ = std::make_unique<RedisCluster>(executor_, options_, *commands_);
  }
}

RedisBus::~RedisBus() = default;

void RedisBus::Start() {
  links_.Spawn(commands_->Run());
  links_.Spawn(subscriber_->Run());
}

boost::asio::awaitable<void> RedisBus::Stop() {
  co_await tasks_.Join();
  on_state_ = nullptr;  // going away on purpose is no news
  commands_->Stop();
  subscriber_->Stop();
  if (cluster_) co_await cluster_->Stop();
  co_await links_.Join();
}

boost::asio::awaitable<Result<void>> RedisBus::AwaitConnected(std::chrono::milliseconds timeout) {
  const TimePoint deadline = Clock::now() + timeout;
  while (!connected()) {
    if (Clock::now() >= deadline) co_return Fail(ErrorCode::kTimeout, status());
    co_await changed_.WaitUntil(deadline);
  }
  co_return Result<void>{};
}

boost::asio::awaitable<Result<std::unique_ptr<MessageBus::Subscription>>> RedisBus::Subscribe(
    std::string channel, Handler handler) {
  auto entry = co_await subscriber_->Subscribe(std::move(channel), std::move(handler));
  if (!entry) co_return Wrap(status(), entry.error());
  co_return entry;
}

boost::asio::awaitable<Result<void>> RedisBus::Publish(std::string channel, Bytes payload) {
  const auto reply =
      co_await commands_->Execute(RespCommand({"PUBLISH", channel, AsText(payload)}));
  if (!reply) co_return Wrap(status(), reply.error());
  co_return Result<void>{};
}

boost::asio::awaitable<bool> RedisBus::TryLock(std::string key, std::chrono::seconds ttl) {
  const std::string token = std::to_string(RandomU32());
  const auto reply = co_await ExecuteOnKey(
      key, RespCommand({"SET", key, token, "EX", std::to_string(ttl.count()), "NX"}));
  const bool ours = reply && reply->type == RespValue::Type::kStatus && reply->text == "OK";
  // psrpc's own locks run out by themselves, thousands an hour.
  if (ours && key.starts_with(kReturnedLocks)) locks_[key] = token;
  co_return ours;
}

boost::asio::awaitable<void> RedisBus::Unlock(std::string key) {
  const auto lock = locks_.extract(key);
  if (lock.empty()) co_return;
  // Where scripts are forbidden the lock runs out by itself.
  co_await ExecuteOnKey(
      key, RespCommand(
               {"EVAL",
                "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end",
                "1", key, lock.mapped()}));
}

boost::asio::awaitable<std::optional<bool>> RedisBus::HasListeners(std::string channel) {
  if (cluster_) co_return std::nullopt;  // a node knows its own
  const auto reply = co_await commands_->Execute(RespCommand({"PUBSUB", "NUMSUB", channel}));
  if (!reply || reply->elements.size() != 2) co_return std::nullopt;
  const RespValue& count = reply->elements[1];
  if (count.type != RespValue::Type::kInteger) co_return std::nullopt;
  co_return count.integer > 0;
}

bool RedisBus::connected() const { return commands_->link().up() && subscriber_->link().up(); }

std::string RedisBus::status() const {
  if (connected()) return name() + ": connected";
  if (!problem()) return name() + ": connecting";
  const auto pause = FailingLink().pause();
  return name() + ": " + problem()->context +
         (pause.count() > 0 ? "; retrying in " + SecondsText(pause) : "; retrying");
}

const RedisLink& RedisBus::FailingLink() const {
  return commands_->link().problem() ? commands_->link() : subscriber_->link();
}

std::optional<Error> RedisBus::problem() const { return FailingLink().problem(); }

std::string RedisBus::name() const {
  const RedisSettings& redis = options_.redis;
  switch (redis.kind()) {
    case RedisSettings::Kind::kSingle:
      return "redis at " + redis.address;
    case RedisSettings::Kind::kSentinel:
      return "redis master " + redis.sentinel_master_name + " of the sentinels at " +
             Listed(redis.sentinel_addresses);
    case RedisSettings::Kind::kCluster:
      return "redis cluster at " + Listed(redis.cluster_addresses);
  }
  return "redis";
}

boost::asio::awaitable<Result<RespValue>> RedisBus::ExecuteOnKey(std::string key, Bytes command) {
  if (cluster_) return cluster_->Execute(std::move(key), std::move(command));
  return commands_->Execute(std::move(command));
}

void RedisBus::OnLinkChange() {
  changed_.Notify();
  const std::string words = problem() ? problem()->context : std::string();
  const bool now_connected = connected();
  const bool news = now_connected != was_connected_ || (!words.empty() && words != last_problem_);
  was_connected_ = now_connected;
  if (now_connected) {
    last_problem_.clear();
  } else if (!words.empty()) {
    last_problem_ = words;
  }
  if (news && on_state_) on_state_(now_connected, status());
}

}  // namespace ingress::rpc
