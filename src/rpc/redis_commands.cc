#include "rpc/redis_commands.h"

#include <utility>

#include "base/utf8.h"

namespace ingress::rpc {
namespace {

Result<RespValue> ReadReply(RespValue reply) {
  if (reply.type != RespValue::Type::kError) return reply;
  return Fail(ErrorCode::kUnavailable, "redis refused: " + ToValidUtf8(reply.text));
}

}  // namespace

RedisCommands::RedisCommands(boost::asio::any_io_executor executor, const RedisOptions& options,
                             std::function<void()> on_change)
    : reply_timeout_(options.reply_timeout),
      on_change_(std::move(on_change)),
      link_(std::move(executor), options,
            {.on_up =
                 [this] {
                   changed_.Notify();
                   on_change_();
                 },
             .on_reply = [this](RespValue reply) { OnReply(std::move(reply)); },
             .on_ping_due = [this] { Enqueue(RespCommand({"PING"})); },
             .on_down = [this](const Error& why) { OnDown(why); }}) {}

boost::asio::awaitable<void> RedisCommands::AwaitUp(TimePoint deadline) {
  while (!link_.up() && Clock::now() < deadline) co_await changed_.WaitUntil(deadline);
}

boost::asio::awaitable<Result<RespValue>> RedisCommands::Execute(Bytes command) {
  const std::shared_ptr<Pending> pending = Enqueue(command);
  if (!pending) co_return Fail(ErrorCode::kUnavailable, "redis is away or too slow");
  const TimePoint deadline = Clock::now() + reply_timeout_;
  while (!pending->reply && Clock::now() < deadline) {
    co_await pending->answered.WaitUntil(deadline);
  }
  if (!pending->reply) co_return Fail(ErrorCode::kTimeout, "redis does not answer");
  co_return std::move(*pending->reply);
}

std::shared_ptr<RedisCommands::Pending> RedisCommands::Enqueue(ByteView command) {
  if (pending_.size() >= kMaxPendingCommands || !link_.Send(command)) return nullptr;
  return pending_.emplace_back(std::make_shared<Pending>());
}

void RedisCommands::OnReply(RespValue reply) {
  if (pending_.empty()) {
    link_.Drop({ErrorCode::kMalformed, "a reply without a command"});
    return;
  }
  // Its caller may have given up; the reply has its place in the order nevertheless.
  const std::shared_ptr<Pending> oldest = std::move(pending_.front());
  pending_.pop_front();
  const bool demoted = reply.type == RespValue::Type::kError && reply.text.starts_with("READONLY");
  oldest->reply = ReadReply(std::move(reply));
  oldest->answered.Notify();
  // The server is a replica now; the sentinels know the new master.
  if (demoted) link_.Drop({ErrorCode::kUnavailable, "the server has become a replica"});
}

void RedisCommands::OnDown(const Error& why) {
  for (const auto& pending : std::exchange(pending_, {})) {
    pending->reply = Fail(ErrorCode::kUnavailable, "redis connection lost: " + why.context);
    pending->answered.Notify();
  }
  on_change_();
}

}  // namespace ingress::rpc
