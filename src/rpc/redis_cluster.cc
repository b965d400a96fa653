#include "rpc/redis_cluster.h"

#include <utility>

#include "base/clock.h"

namespace ingress::rpc {
namespace {

constexpr int kMaxRedirects = 4;
constexpr std::size_t kMaxNodes = 1000;

}  // namespace

RedisCluster::RedisCluster(boost::asio::any_io_executor executor, RedisOptions options,
                           RedisCommands& seed)
    : executor_(executor), options_(std::move(options)), seed_(seed), links_(std::move(executor)) {
  options_.redis.cluster_addresses.clear();  // each link is to the node it names
}

boost::asio::awaitable<Result<RespValue>> RedisCluster::Execute(std::string key, Bytes command) {
  if (!loaded_) co_await LoadMap();
  std::string address = map_.Find(RedisSlotOf(key));
  Result<RespValue> reply = co_await ExecuteAt(address, command);
  for (int redirects = 0; !reply && redirects < kMaxRedirects; ++redirects) {
    const auto redirect = ParseRedisRedirect(reply.error().context);
    if (!redirect) {
      // The node may be gone for good; ask anew next time.
      loaded_ = false;
      break;
    }
    if (redirect->ask) {
      co_await ExecuteAt(redirect->address, RespCommand({"ASKING"}));
    } else {
      map_.Move(redirect->slot, redirect->address);
    }
    reply = co_await ExecuteAt(redirect->address, command);
  }
  co_return reply;
}

boost::asio::awaitable<void> RedisCluster::LoadMap() {
  const auto reply = co_await seed_.Execute(RespCommand({"CLUSTER", "NODES"}));
  if (!reply) co_return;  // the seed redirects us where it has to
  map_.Load(reply->text, seed_.link().address());
  loaded_ = true;
}

boost::asio::awaitable<Result<RespValue>> RedisCluster::ExecuteAt(std::string address,
                                                                  Bytes command) {
  if (address.empty()) co_return co_await seed_.Execute(std::move(command));
  RedisCommands& node = NodeAt(address);
  co_await node.AwaitUp(Clock::now() + options_.reply_timeout);
  co_return co_await node.Execute(std::move(command));
}

RedisCommands& RedisCluster::NodeAt(const std::string& address) {
  if (const auto found = nodes_.find(address); found != nodes_.end()) return *found->second;
  if (nodes_.size() >= kMaxNodes) return seed_;
  RedisOptions options = options_;
  options.redis.address = address;
  auto node = std::make_unique<RedisCommands>(executor_, options, [] {});
  RedisCommands& made = *node;
  nodes_.emplace(address, std::move(node));
  links_.Spawn(made.Run());
  return made;
}

boost::asio::awaitable<void> RedisCluster::Stop() {
  for (const auto& [address, node] : nodes_) node->Stop();
  co_await links_.Join();
}

}  // namespace ingress::rpc
