#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/task_scope.h"
#include "rpc/redis_cluster_map.h"
#include "rpc/redis_commands.h"
#include "rpc/redis_options.h"

namespace ingress::rpc {

/// Commands on keys, in a Redis Cluster: each goes to the node that serves the key's slot. A
/// connection to a node is made when the first key of its slots comes. Confined to its executor.
class RedisCluster {
 public:
  /// `seed`: connected to any node, for what is known before the cluster's map is.
  RedisCluster(boost::asio::any_io_executor executor, RedisOptions options, RedisCommands& seed);

  /// Errors: those of RedisCommands::Execute().
  boost::asio::awaitable<Result<RespValue>> Execute(std::string key, Bytes command);

  boost::asio::awaitable<void> Stop();

 private:
  boost::asio::awaitable<void> LoadMap();
  boost::asio::awaitable<Result<RespValue>> ExecuteAt(std::string address, Bytes command);
  RedisCommands& NodeAt(const std::string& address);

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  RedisCommands& seed_;
  RedisClusterMap map_;
  bool loaded_ = false;
  std::map<std::string, std::unique_ptr<RedisCommands>> nodes_;  // by address
  net::TaskScope links_;
};

}  // namespace ingress::rpc
